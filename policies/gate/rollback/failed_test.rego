package countersign.gate.rollback.failed_test

import data.countersign.gate.rollback.failed
import data.countersign.testing

test_a_passed_drill_passes if found({}) == set()

test_every_other_outcome_is_a_failure if {
	every outcome in ["failed", "late", "inconclusive", "aborted", "undo_failed", "not_run", "unheard-of"] {
		message := sprintf("Must have passed its newest drill (got %s, 3 d ago)", [outcome])
		found({"/workflows/0/drills/0/outcome": outcome}) == {["billing-replies", "rollback.drill", message]}
	}
}

test_the_newest_drill_decides if {
	bad := object.union(testing.drill("after", 2), {"outcome": "failed"})
	found({"/workflows/0/drills": [testing.drill("after", 1), bad]}) == set()
	count(found({"/workflows/0/drills": [bad, testing.drill("after", 5)]})) == 1
}

test_a_failed_drill_of_another_version_says_nothing if {
	bad := object.union(testing.drill("before", 1), {"outcome": "failed"})
	found({"/workflows/0/drills": [bad, testing.drill("after", 2)]}) == set()
}

test_a_pass_in_the_sandbox_hides_no_failure_outside_of_it_at_high if {
	sandbox := object.union(testing.drill("after", 1), {"target": "sandbox"})
	bad := object.union(testing.drill("after", 2), {"outcome": "failed"})
	good := testing.drill("after", 5)
	changes := {"/workflows/0/drills": [sandbox, bad, good]}
	found(changes) == {["billing-replies", "rollback.drill", "Must have passed its newest drill (got failed, 2 d ago)"]}
	found({"/workflows/0/drills": [sandbox, good]}) == set()
}

test_a_failure_in_the_sandbox_counts_at_high_too if {
	bad := object.union(testing.drill("after", 1), {"target": "sandbox", "outcome": "failed"})
	count(found({"/workflows/0/drills": [bad, testing.drill("after", 2)]})) == 1
}

test_no_drill_is_left_to_another_rule if found({"/workflows/0/drills": []}) == set()

test_what_does_not_run_is_not_judged if {
	found({"/workflows/0/drills/0/outcome": "failed", "/workflows/0/after/state/state": "paused"}) == set()
}

found(changes) := {[hit.workflow, hit.field, hit.message] | some hit in hits} if {
	hits := failed.findings with input as testing.given(changes)
}
