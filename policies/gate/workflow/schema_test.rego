package countersign.gate.workflow.schema_test

import data.countersign.gate.workflow.schema as rule
import data.countersign.testing

found(changes) := hits if {
	hits := rule.findings with input as testing.given(changes)
}

broken(problems) := {"/workflows/0": {"name": "billing-replies", "status": "edited", "problems": problems}}

problem(field, message) := {"file": "workflows/billing-replies/workflow.yaml", "field": field, "message": message, "line": 3}

test_a_sound_workflow_passes if found({}) == set()

test_a_problem_is_told_with_its_file_and_line if {
	found(broken([problem("risk.tier", "Must be known")])) == {{
		"workflow": "billing-replies",
		"file": "workflows/billing-replies/workflow.yaml",
		"line": 3,
		"field": "risk.tier",
		"message": "Must be known",
	}}
}

test_every_problem_is_told if {
	count(found(broken([problem("risk.tier", "Must be known"), problem("task", "Must be there")]))) == 2
}

test_no_workflows_yield_nothing if found({"/workflows": []}) == set()
