package countersign.gate.drill.undo_test

import data.countersign.gate.drill.undo
import data.countersign.testing

test_what_is_all_taken_back_passes if found({}) == set()

test_each_thing_that_is_left_is_named if {
	message := "Must take back what it does: undo of late-fee-answer in drill.yaml (got no %s)"
	found({"/workflows/0/after/drill/scenarios/0/undo": ["return-work"]}) == {
		["files[drill.yaml].scenarios[0].undo", sprintf(message, ["remove-canary"])],
		["files[drill.yaml].scenarios[0].undo", sprintf(message, ["resume-action"])],
	}
}

test_each_scenario_has_its_own if {
	every scenario, undos in undo.needs {
		played := object.union(testing.scenario(scenario, {}), {"undo": undos})
		found({"/workflows/0/after/drill/scenarios": [played]}) == set()
		every one in undos {
			lacking := object.union(played, {"undo": undos - {one}})
			count(found({"/workflows/0/after/drill/scenarios": [lacking]})) == 1
		}
	}
}

test_without_a_drill_it_is_left_to_another_rule if found({"/workflows/0/after/drill": null}) == set()

test_a_retired_workflow_may_keep_its_drill if {
	found({"/workflows/0/after/state/state": "retired", "/workflows/0/after/drill/scenarios/0/undo": []}) == set()
}

found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := undo.findings with input as testing.given(changes)
}
