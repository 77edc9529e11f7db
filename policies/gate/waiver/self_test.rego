package countersign.gate.waiver.self_test

import data.countersign.gate.waiver.self as own
import data.countersign.testing

waiver := {
	"rule": "rollback.stale",
	"workflow": "billing-replies",
	"owner": "ana",
	"reason": "The staging target is being built.",
	"days": 60,
	"days_left": 12,
	"index": 0,
	"problems": [],
}

test_a_waiver_for_what_the_change_edits_is_refused if {
	found([{}], {}) == {[
		"waivers[0].workflow",
		"Must merge before the change that it excuses (got both for billing-replies)",
	]}
}

test_so_is_one_for_what_it_adds_or_deletes if {
	count(found([{}], {"/workflows/0/status": "added"})) == 1
	count(found([{}], {"/workflows/0/status": "deleted"})) == 1
}

test_so_is_one_for_what_cannot_be_read if {
	broken := {"name": "billing-replies", "status": "edited", "problems": [{"message": "unreadable"}]}
	count(found([{}], {"/workflows": [broken]})) == 1
}

test_a_waiver_for_another_workflow_passes if found([{"workflow": "refund-decisions"}], {}) == set()

test_a_workflow_that_does_not_change_passes if found([{}], {"/workflows/0/status": "unchanged"}) == set()

test_a_waiver_that_was_there_passes if found([{}], {"/team/waivers": [waiver]}) == set()

test_a_waiver_that_only_moved_passes if {
	other := object.union(waiver, {"workflow": "refund-decisions"})
	found([{"workflow": "refund-decisions"}, {"index": 1}], {"/team/waivers": [waiver, other]}) == set()
}

test_a_prolonged_waiver_is_refused if count(found([{"days": 90, "days_left": 42}], {"/team/waivers": [waiver]})) == 1

test_a_waiver_alone_passes if found([{}], {"/workflows": []}) == set()

test_the_standing_duties_are_no_change if found([{}], {"/mode": "all", "/team_changed": false}) == set()

found(waivers, changes) := {[hit.field, hit.message] | some hit in hits; hit.workflow == null} if {
	after := {"/team_changed": true, "/team_after/waivers": [object.union(waiver, rest) | some rest in waivers]}
	hits := own.findings with input as testing.given(object.union(after, changes))
}
