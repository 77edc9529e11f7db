package countersign.gate.waiver.unused_test

import data.countersign.gate.waiver.unused
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

test_a_waiver_that_excused_something_passes if found([{}], [0]) == set()

test_a_waiver_that_excused_nothing_is_told if {
	found([{}], []) == {["waivers[0]", "Must excuse something (rollback.stale finds nothing about billing-replies)"]}
}

test_each_waiver_is_held_against_its_own_use if {
	{hit[0] | some hit in found([{}, {"index": 1, "workflow": "refund-decisions"}], [0])} == {"waivers[1]"}
}

test_a_waiver_that_is_not_in_force_is_left_alone if {
	found([{"days_left": -1}], []) == set()
	found([{"days_left": 61}], []) == set()
	found([{"rule": "control.owner"}], []) == set()
}

test_one_change_does_not_show_it if {
	hits := unused.findings with input as testing.given({"/team/waivers": [waiver]})
		with data.countersign.metadata as {"rollback.stale": {"waivable": true}}
	hits == set()
}

found(waivers, waived) := {[hit.field, hit.message] | some hit in hits; hit.workflow == null} if {
	fleet := {"workflows": 4, "models": {}, "tasks": [], "waived": waived}
	target := [object.union(waiver, rest) | some rest in waivers]
	hits := unused.findings with input as testing.given({"/mode": "all", "/fleet": fleet, "/team/waivers": target})
		with data.countersign.metadata as {"rollback.stale": {"waivable": true}}
}
