package countersign.gate.rollback.due_test

import data.countersign.gate.rollback.due
import data.countersign.testing

test_it_is_due_after_three_quarters_of_its_time if {
	every tier, days in {"low": 273, "medium": 67, "high": 22} {
		messages(aged(tier, days)) == set()
		count(messages(aged(tier, days + 1))) == 1
	}
}

test_it_says_how_much_time_is_left if {
	messages(aged("high", 30)) == {"Must be drilled again within 0 d (the newest passed drill is 30 d old)"}
}

test_what_is_stale_is_left_to_another_rule if messages(aged("high", 31)) == set()

test_no_drill_is_left_to_another_rule if messages({"/workflows/0/drills": []}) == set()

test_a_failed_drill_does_not_make_it_younger if {
	failed := object.union(testing.drill("after", 2), {"outcome": "failed"})
	count(messages({"/workflows/0/drills": [failed, testing.drill("after", 29)]})) == 1
}

test_the_sandbox_makes_high_no_younger if {
	elsewhere := testing.drill("after", 29)
	message := "Must be drilled again within 1 d (the newest passed drill is 29 d old)"
	messages({"/workflows/0/drills": [sandbox(1), elsewhere]}) == {message}
	messages({"/workflows/0/drills": [elsewhere, sandbox(30)]}) == {message}
	messages({"/workflows/0/drills": [sandbox(29)]}) == {message}
	messages({"/workflows/0/drills": [sandbox(29), testing.drill("after", 31)]}) == {message}
	messages({"/workflows/0/drills": [sandbox(1)]}) == set()
}

test_the_sandbox_is_as_good_below_high if {
	every tier in ["low", "medium"] {
		drills := [sandbox(1), testing.drill("after", 89)]
		messages(object.union(aged(tier, 0), {"/workflows/0/drills": drills})) == set()
	}
}

test_what_does_not_run_is_never_due if {
	messages(object.union(aged("high", 29), {"/workflows/0/after/state/state": "paused"})) == set()
}

sandbox(days) := object.union(testing.drill("after", days), {"target": "sandbox"})

aged(tier, days) := {
	"/workflows/0/before/manifest/risk/tier": tier,
	"/workflows/0/after/manifest/risk/tier": tier,
	"/workflows/0/drills": [testing.drill("after", days)],
}

messages(changes) := {hit.message | some hit in hits} if {
	hits := due.findings with input as testing.given(changes)
}
