package countersign.gate.prompt.model_test

import data.countersign.gate.prompt.model as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

test_no_model_passes if found({}) == set()

test_a_model_is_refused if {
	found({"/workflows/0/after/prompt/model": "acme/quick"}) == {[
		"files[reply.prompt].model",
		"Must name no model in the front matter: reply.prompt (got acme/quick)",
	]}
}

test_no_prompt_passes if found({"/workflows/0/after/prompt": null}) == set()

test_a_retired_workflow_passes if {
	found({"/workflows/0/after/prompt/model": "acme/quick", "/workflows/0/after/state/state": "retired"}) == set()
}

test_an_empty_model_is_refused if count(found({"/workflows/0/after/prompt/model": ""})) == 1
