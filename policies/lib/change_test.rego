package countersign.lib.change_test

import data.countersign.lib.change
import data.countersign.testing

kind(changes) := found if {
	found := change.kind["billing-replies"] with input as testing.given(changes)
}

because(changes) := found if {
	found := change.because["billing-replies"] with input as testing.given(changes)
}

steps(delta) := {"/workflows/0/delta": delta}

pause := steps([
	testing.step("state.reason", "state.reason", null, "Odd replies."),
	testing.step("state.state", "state.state", "live", "paused"),
])

deleted(state, was_live) := {
	"/workflows/0/status": "deleted",
	"/workflows/0/after": null,
	"/workflows/0/before/state/state": state,
	"/workflows/0/history/was_live": was_live,
}

same := {"/workflows/0/delta": [], "/workflows/0/after/version": "h1:version-before"}

test_a_new_prompt_widens if {
	kind({}) == "widening"
	because({}) == {"files[reply.prompt]"}
}

test_pausing_narrows if {
	kind(pause) == "narrowing"
	because(pause) == {"state.reason", "state.state"}
}

test_one_wider_path_makes_it_widening if {
	mixed := steps(array.concat(pause["/workflows/0/delta"], [testing.step("approver", "approver", "finn", "cleo")]))
	kind(mixed) == "widening"
	because(mixed) == {"approver"}
}

test_going_live_and_resuming_widen if {
	every state in ["proposed", "paused", "retired"] {
		kind(steps([testing.step("state.state", "state.state", state, "live")])) == "widening"
	}
}

test_stopping_an_action_narrows if {
	kind(steps([testing.step("state.stopped[s1]", "state.stopped[]", null, "{}")])) == "narrowing"
}

# T16
test_lifting_or_editing_a_stop_widens if {
	every after in [null, "{other}"] {
		kind(steps([testing.step("state.stopped[s1]", "state.stopped[]", "{}", after)])) == "widening"
	}
}

# T05
test_a_field_nobody_decided_about_widens if {
	kind(steps([testing.step("risk.appetite", "risk.appetite", 3, 2)])) == "widening"
}

test_a_path_does_not_make_its_field if {
	kind(steps([testing.step("state.reason", "risk.tier", "high", "low")])) == "widening"
}

test_a_new_workflow_widens if {
	added := {"/workflows/0/status": "added", "/workflows/0/before": null}
	kind(added) == "widening"
	because(added) == {"reply.prompt"}
}

test_a_new_workflow_widens_whatever_its_delta_says if {
	kind(object.union(pause, {"/workflows/0/status": "added", "/workflows/0/before": null})) == "widening"
	kind(object.union(same, {"/workflows/0/status": "added"})) == "widening"
}

test_another_state_of_the_same_version_is_a_change if {
	kind(object.union(pause, {"/workflows/0/after/version": "h1:version-before"})) == "narrowing"
}

test_editing_what_is_retired_or_a_draft_widens if {
	every state in ["retired", "proposed"] {
		kind({"/workflows/0/before/state/state": state, "/workflows/0/history/was_live": false}) == "widening"
	}
}

test_deleting_the_retired_narrows if {
	kind(deleted("retired", true)) == "narrowing"
	kind(deleted("retired", false)) == "narrowing"
}

test_deleting_a_draft_that_never_ran_narrows if kind(deleted("proposed", false)) == "narrowing"

# T09
test_deleting_what_ran_widens if {
	kind(deleted("proposed", true)) == "widening"
	kind(deleted("paused", true)) == "widening"
	kind(deleted("live", false)) == "widening"
}

test_an_unreadable_side_does_not_narrow_by_going if {
	kind({
		"/workflows/0/status": "deleted",
		"/workflows/0/after": null,
		"/workflows/0/before": null,
		"/workflows/0/delta": [],
	}) == "widening"
}

test_nothing_changed if {
	kind(same) == "none"
	kind(object.union(same, {"/workflows/0/status": "unchanged"})) == "none"
}

test_no_side_to_compare_with if {
	lone := {"/workflows/0/status": "unchanged", "/workflows/0/before": null, "/workflows/0/delta": []}
	kind(lone) == "none"
}

# T06
test_another_version_with_no_field_to_blame_widens if {
	kind(steps([])) == "widening"
	because(steps([])) == {"reply.prompt"}
	kind({"/workflows/0/status": "unchanged", "/workflows/0/delta": []}) == "widening"
	kind({"/workflows/0/before": null, "/workflows/0/delta": []}) == "widening"
}

test_an_unchanged_workflow_with_a_delta_widens if {
	kind(object.union(pause, {"/workflows/0/status": "unchanged"})) == "widening"
	kind(object.union(pause, {"/workflows/0/status": "unchanged", "/workflows/0/before": null})) == "widening"
}

test_what_cannot_be_read_has_no_kind if {
	broken := testing.given({"/workflows/0/problems": [{"field": ""}]})
	change.kind == {} with input as broken
}

test_living if {
	change.lives == {"billing-replies"} with input as testing.facts
	change.lives == set() with input as testing.given({"/workflows/0/after/state/state": "paused"})
	change.lives == set() with input as testing.given({"/workflows/0/after": null})
}

test_going_live if {
	change.going_live == set() with input as testing.facts
	change.going_live == {"billing-replies"} with input as testing.given({"/workflows/0/before/state/state": "proposed"})
	change.going_live == {"billing-replies"} with input as testing.given({"/workflows/0/before": null})
}

test_what_stays_as_it_is_does_not_go_live if {
	change.going_live == set() with input as testing.given({
		"/workflows/0/status": "unchanged",
		"/workflows/0/before": null,
		"/workflows/0/delta": [],
	})
	change.going_live == set() with input as testing.given({
		"/workflows/0/before/state/state": "proposed",
		"/workflows/0/after/state/state": "paused",
	})
}
