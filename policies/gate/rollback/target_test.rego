package countersign.gate.rollback.target_test

import data.countersign.gate.rollback.target
import data.countersign.testing

nothing_ran := {"/workflows/0/before": null, "/workflows/0/recorded": [], "/workflows/0/history/was_live": false}

test_a_workflow_that_ran_may_go_back if fields({}) == set()

test_no_way_back_is_refused if fields({"/workflows/0/after/manifest/rollback": null}) == {"rollback"}

test_a_first_version_has_no_previous_one if fields(nothing_ran) == {"rollback.to"}

test_a_first_version_goes_back_to_manual if {
	fields(object.union(nothing_ran, {"/workflows/0/after/manifest/rollback/to": "manual"})) == set()
}

test_a_draft_is_no_previous_version if {
	draft := {"/workflows/0/before": testing.side("before"), "/workflows/0/before/state/state": "proposed"}
	fields(object.union(nothing_ran, draft)) == {"rollback.to"}
}

test_what_runs_on_the_target_is_a_previous_version if {
	fields(object.union(nothing_ran, {"/workflows/0/before": testing.side("before")})) == set()
}

test_what_did_not_change_is_its_own_previous_version if {
	same := object.union(nothing_ran, {"/workflows/0/status": "unchanged"})
	fields(same) == set()
	fields(object.union(same, {"/workflows/0/after/state/state": "proposed"})) == {"rollback.to"}
}

test_a_recorded_version_is_a_previous_version if {
	fields(object.union(nothing_ran, {"/workflows/0/recorded": [testing.recorded("earlier", 9)]})) == set()
}

test_a_version_that_git_remembers_is_a_previous_version if {
	fields(object.union(nothing_ran, {"/workflows/0/history/was_live": true})) == set()
}

test_a_retired_workflow_returns_nowhere if {
	fields({"/workflows/0/after/state/state": "retired", "/workflows/0/after/manifest/rollback": null}) == set()
}

test_a_deleted_workflow_returns_nowhere if fields({"/workflows/0/after": null}) == set()

fields(changes) := {hit.field | some hit in hits; hit.workflow == "billing-replies"} if {
	hits := target.findings with input as testing.given(changes)
}
