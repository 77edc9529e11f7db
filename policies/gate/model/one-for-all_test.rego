package countersign.gate.model["one-for-all_test"]

import data.countersign.gate.model["one-for-all"] as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

# Workflows that each use one model for a task.
fleet(models, tasks) := {"/mode": "all", "/workflows": [workflow |
	some index, model in models
	workflow := json.patch(testing.workflow, [
		{"op": "replace", "path": "/name", "value": sprintf("workflow-%d", [index])},
		{"op": "replace", "path": "/after/manifest/task", "value": tasks[index]},
		{"op": "replace", "path": "/after/manifest/models", "value": [{"use": "default", "id": model}]},
	])
]}

two_tasks := ["support", "support", "writing", "writing"]

test_one_model_for_two_tasks_is_told if {
	found(fleet(["m", "m", "m", "m"], two_tasks)) == {["models", "Must choose models by task (got m in all 4 workflows)"]}
}

test_it_is_about_no_single_workflow if {
	hits := rule.findings with input as testing.given(fleet(["m", "m", "m", "m"], two_tasks))
	{hit.workflow | some hit in hits} == {null}
}

test_two_models_pass if found(fleet(["m", "m", "m", "n"], two_tasks)) == set()

test_one_task_passes if found(fleet(["m", "m", "m", "m"], ["a", "a", "a", "a"])) == set()

test_three_workflows_pass if found(fleet(["m", "m", "m"], ["a", "b", "b"])) == set()

test_one_change_passes if {
	found(object.union(fleet(["m", "m", "m", "m"], two_tasks), {"/mode": "change"})) == set()
}

test_no_workflow_passes if found({"/mode": "all", "/workflows": []}) == set()
