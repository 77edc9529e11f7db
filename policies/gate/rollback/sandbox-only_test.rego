package countersign.gate.rollback["sandbox-only_test"]

import data.countersign.gate.rollback["sandbox-only"] as sandbox_only
import data.countersign.testing

test_a_drill_on_a_real_target_passes if found({}) == set()

test_the_sandbox_is_not_enough_for_high if {
	found({"/workflows/0/drills/0/target": "sandbox"}) == {["billing-replies", "rollback.drill"]}
}

test_the_sandbox_is_enough_below_high if {
	every tier in ["low", "medium"] {
		found({
			"/workflows/0/before/manifest/risk/tier": tier,
			"/workflows/0/after/manifest/risk/tier": tier,
			"/workflows/0/drills/0/target": "sandbox",
		}) == set()
	}
}

test_one_drill_in_date_on_a_real_target_is_enough if {
	found({"/workflows/0/drills": [sandbox(1), testing.drill("after", 30)]}) == set()
	found({"/workflows/0/drills": [sandbox(1), testing.drill("after", 31)]}) != set()
}

test_a_failed_drill_on_a_real_target_is_not_enough if {
	bad := object.union(testing.drill("after", 2), {"outcome": "failed"})
	found({"/workflows/0/drills": [sandbox(1), bad]}) != set()
}

test_other_rules_speak_of_none_and_of_old_ones if {
	found({"/workflows/0/drills": []}) == set()
	found({"/workflows/0/drills": [sandbox(31)]}) == set()
}

test_what_does_not_run_is_not_judged if {
	found({"/workflows/0/drills": [sandbox(1)], "/workflows/0/after/state/state": "paused"}) == set()
}

sandbox(days) := object.union(testing.drill("after", days), {"target": "sandbox"})

found(changes) := {[hit.workflow, hit.field] | some hit in hits} if {
	hits := sandbox_only.findings with input as testing.given(changes)
}
