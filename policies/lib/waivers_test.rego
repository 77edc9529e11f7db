package countersign.lib.waivers_test

import data.countersign.lib.waivers
import data.countersign.testing

metadata := {"rollback.stale": {"waivable": true}, "control.owner": {"waivable": false}, "silent.rule": {}}

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

holds := {"rollback.stale": {"billing-replies": 0}}

test_no_waiver_is_in_force_by_itself if in_force([]) == {}

test_a_sound_waiver_is_in_force if in_force([{}]) == holds

test_it_holds_on_its_first_and_last_day if {
	in_force([{"days_left": 0}]) == holds
	in_force([{"days_left": 59}]) == holds
	in_force([{"days": 1, "days_left": 0}]) == holds
	in_force([{"days": 90, "days_left": 89}]) == holds
}

test_it_does_not_hold_before_or_after if {
	in_force([{"days_left": -1}]) == {}
	in_force([{"days_left": 60}]) == {}
}

test_too_long_is_not_in_force if in_force([{"days": 91}]) == {}

test_malformed_is_expired if {
	every flaw in [
		{"problems": ["until is not a date"]}, {"days": null}, {"days_left": null}, {"days": "60"}, {"days_left": "1"},
		{"days": 0, "days_left": -1}, {"days": 0, "days_left": 0}, {"days": -5, "days_left": 3}, {"owner": "zoe"}, {"owner": null},
	] {
		in_force([flaw]) == {}
	}
}

test_only_a_waivable_rule_is_waived if {
	every rule in ["control.owner", "silent.rule", "no.rule"] { in_force([{"rule": rule}]) == {} }
}

test_the_first_of_two_counts if {
	in_force([{}, {"index": 1}]) == holds
	in_force([{"days_left": -1}, {"index": 1}]) == {"rollback.stale": {"billing-replies": 1}}
}

test_each_workflow_has_its_own if {
	in_force([{}, {"index": 1, "workflow": "refund-decisions"}]) == {"rollback.stale": {
		"billing-replies": 0,
		"refund-decisions": 1,
	}}
}

test_each_rule_has_its_own if {
	both := {"rollback.stale": {"waivable": true}, "note.one-page": {"waivable": true}}
	held := waivers.in_force with input as given("team", [{}, {"index": 1, "rule": "note.one-page"}])
		with data.countersign.metadata as both
	held == {"rollback.stale": {"billing-replies": 0}, "note.one-page": {"billing-replies": 1}}
}

test_a_waiver_of_the_change_excuses_nothing if {
	held := waivers.in_force with input as given("team_after", [{}]) with data.countersign.metadata as metadata
	held == {}
}

in_force(list) := held if {
	held := waivers.in_force with input as given("team", list) with data.countersign.metadata as metadata
}

given(team, list) := testing.given({sprintf("/%s/waivers", [team]): [object.union(waiver, rest) | some rest in list]})
