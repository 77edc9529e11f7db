package countersign.gate.model["one-for-all_test"]

import data.countersign.gate.model["one-for-all"] as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

fleet(workflows, models, tasks) := {"/mode": "all", "/fleet": {
	"workflows": workflows,
	"models": models,
	"tasks": tasks,
	"waived": [],
}}

test_one_model_for_two_tasks_is_told if {
	found(fleet(4, {"m": 4}, ["support", "writing"])) == {["models", "Must choose models by task (got m in all 4 workflows)"]}
}

test_it_is_about_no_single_workflow if {
	hits := rule.findings with input as testing.given(fleet(4, {"m": 6}, ["support", "writing"]))
	{hit.workflow | some hit in hits} == {null}
}

test_two_models_pass if found(fleet(4, {"m": 3, "n": 1}, ["support", "writing"])) == set()

test_no_model_passes if found(fleet(4, {}, ["support", "writing"])) == set()

test_one_task_passes if found(fleet(4, {"m": 4}, ["support"])) == set()

test_three_workflows_pass if found(fleet(3, {"m": 3}, ["support", "writing"])) == set()

test_one_change_passes if {
	found(object.union(fleet(4, {"m": 4}, ["support", "writing"]), {"/mode": "change"})) == set()
}

test_a_part_of_the_repository_does_not_tell if found({"/mode": "all", "/fleet": null}) == set()
