package countersign.gate.rollback.budget_test

import data.countersign.gate.rollback.budget
import data.countersign.testing

test_a_drill_that_fits_passes if found({}) == set()

test_a_drill_may_use_it_all if found({"/workflows/0/after/drill/budget": 300}) == set()

test_a_drill_must_fit if {
	message := "Must fit `rollback.within` of 279 s: phases of drill.yaml (got 280 s together)"
	found({"/workflows/0/after/manifest/rollback/within": 279}) == {["billing-replies", "files[drill.yaml].phases", message]}
}

test_a_drill_must_be_readable if {
	message := "Must name a drill file that can be read (drill.yaml cannot)"
	found({"/workflows/0/after/drill": null}) == {["billing-replies", "rollback.drill", message]}
}

test_no_way_back_is_left_to_another_rule if {
	found({"/workflows/0/after/manifest/rollback": null, "/workflows/0/after/drill": null}) == set()
}

test_a_retired_workflow_needs_no_drill if {
	found({"/workflows/0/after/state/state": "retired", "/workflows/0/after/drill/budget": 999}) == set()
	found({"/workflows/0/after/state/state": "retired", "/workflows/0/after/drill": null}) == set()
}

found(changes) := {[hit.workflow, hit.field, hit.message] | some hit in hits} if {
	hits := budget.findings with input as testing.given(changes)
}
