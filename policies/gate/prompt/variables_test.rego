package countersign.gate.prompt.variables_test

import data.countersign.gate.prompt.variables as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

prompt(used, declared, logic) := {"/workflows/0/after/prompt": {
	"used": used,
	"declared": declared,
	"model": null,
	"logic": logic,
}}

test_declared_and_used_pass if found({}) == set()

test_order_and_repetition_do_not_matter if found(prompt(["b", "a", "b"], ["a", "b"], [])) == set()

test_no_variables_pass if found(prompt([], [], [])) == set()

test_undeclared_is_refused if {
	found(prompt(["a", "b"], ["a"], [])) == {[
		"files[reply.prompt].input.schema",
		"Must declare each variable that it uses: reply.prompt (b is not)",
	]}
}

test_unused_is_refused if {
	found(prompt(["a"], ["a", "b"], [])) == {[
		"files[reply.prompt].input.schema.b",
		"Must use each variable that it declares: reply.prompt (b is not)",
	]}
}

test_a_misspelt_variable_is_both if count(found(prompt(["plan"], ["pIan"], []))) == 2

test_logic_is_refused if {
	found(prompt([], [], ["#if x"])) == {["files[reply.prompt]", "Must hold no logic: reply.prompt (got #if x)"]}
}

test_an_unreadable_prompt_is_refused if {
	found({"/workflows/0/after/prompt": null}) == {[
		"prompt",
		"Must name a prompt file that can be read (reply.prompt cannot)",
	]}
}

test_no_prompt_passes if {
	found({"/workflows/0/after/prompt": null, "/workflows/0/after/manifest/prompt": null}) == set()
}

test_a_retired_workflow_passes if {
	retired := {"/workflows/0/after/state/state": "retired"}
	found(object.union(prompt(["a"], [], []), retired)) == set()
}
