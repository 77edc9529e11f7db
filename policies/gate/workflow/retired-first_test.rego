package countersign.gate.workflow["retired-first_test"]

import data.countersign.gate.workflow["retired-first"] as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

# T09
deleted(state, was_live) := {
	"/workflows/0/status": "deleted",
	"/workflows/0/after": null,
	"/workflows/0/before/state/state": state,
	"/workflows/0/history/was_live": was_live,
}

refused := {["state.state", "Must be retired before billing-replies is deleted or renamed, since it ran"]}

test_an_edit_passes if found({}) == set()

test_a_retired_workflow_may_go if found(deleted("retired", true)) == set()

test_a_draft_that_never_ran_may_go if found(deleted("proposed", false)) == set()

test_a_draft_that_ran_may_not if found(deleted("proposed", true)) == refused

test_what_runs_may_not if {
	every state in ["live", "paused"] {
		found(deleted(state, false)) == refused
		found(deleted(state, true)) == refused
	}
}

test_what_cannot_be_read_but_ran_may_not if {
	found({
		"/workflows/0/status": "deleted",
		"/workflows/0/after": null,
		"/workflows/0/before": null,
	}) == refused
}
