package countersign.lib.workflows_test

import data.countersign.lib.workflows
import data.countersign.testing

count_of(list, changes) := found if {
	found := count(workflows[list]) with input as testing.given(changes)
}

test_a_readable_workflow_is_judged if {
	count_of("sound", {}) == 1
	count_of("standing", {}) == 1
}

test_what_cannot_be_read_is_not if {
	broken := {"/workflows/0/problems": [{"field": ""}]}
	count_of("sound", broken) == 0
	count_of("standing", broken) == 0
}

test_a_retired_workflow_does_not_stand if {
	retired := {"/workflows/0/after/state/state": "retired"}
	count_of("sound", retired) == 1
	count_of("standing", retired) == 0
}

test_a_deleted_workflow_does_not_stand if {
	count_of("sound", {"/workflows/0/after": null}) == 1
	count_of("standing", {"/workflows/0/after": null}) == 0
}

test_drafts_and_paused_workflows_stand if {
	every state in ["proposed", "paused", "live"] {
		count_of("standing", {"/workflows/0/after/state/state": state}) == 1
	}
}
