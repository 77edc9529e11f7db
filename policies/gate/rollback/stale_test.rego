package countersign.gate.rollback.stale_test

import data.countersign.gate.rollback.stale
import data.countersign.testing

test_each_tier_has_its_limit if {
	every tier, days in {"low": 365, "medium": 90, "high": 30} {
		messages(aged(tier, days)) == set()
		old := sprintf("Must have a passed drill of at most %d d ago (the newest is %d d old)", [days, days + 1])
		messages(aged(tier, days + 1)) == {old}
	}
}

test_no_drill_is_left_to_another_rule if messages({"/workflows/0/drills": []}) == set()

test_the_newest_passed_drill_counts if {
	messages({"/workflows/0/drills": [testing.drill("after", 2), testing.drill("after", 200)]}) == set()
}

test_a_failed_drill_does_not_freshen_an_old_one if {
	failed := object.union(testing.drill("after", 2), {"outcome": "failed"})
	count(messages({"/workflows/0/drills": [failed, testing.drill("after", 31)]})) == 1
}

test_what_does_not_run_may_age if {
	messages(object.union(aged("high", 99), {"/workflows/0/after/state/state": "paused"})) == set()
}

test_the_pipeline_can_run_it if {
	hits := stale.findings with input as testing.given(aged("high", 31))
	{[hit.workflow, hit.field, hit.who] | some hit in hits} == {["billing-replies", "rollback.drill", []]}
}

aged(tier, days) := {
	"/workflows/0/before/manifest/risk/tier": tier,
	"/workflows/0/after/manifest/risk/tier": tier,
	"/workflows/0/drills": [testing.drill("after", days)],
}

messages(changes) := {hit.message | some hit in hits} if {
	hits := stale.findings with input as testing.given(changes)
}
