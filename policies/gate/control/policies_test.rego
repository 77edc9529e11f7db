package countersign.gate.control.policies_test

import data.countersign.gate.control.policies
import data.countersign.testing

rule := {
	"path": "policies/gate/approver/missing.rego",
	"code": "approver.missing",
	"package": "countersign.gate.approver.missing",
	"metadata": {"title": "T"},
	"banned": [],
	"problems": [],
}

test_a_sound_rule_passes if messages([{}], ["approver.missing"]) == set()

test_a_new_rule_passes if messages([{}], []) == set()

test_a_change_that_leaves_the_rules_alone_passes if {
	hits := policies.findings with input as testing.given({"/rules_before": ["approver.missing"]})
	hits == set()
}

test_missing_metadata_is_refused if messages([{"metadata": null}], []) == {"Must have a METADATA block (got none)"}

test_every_problem_is_told if {
	messages([{"problems": ["Must have a title", "Must have a date"]}], []) == {
		"Must be a sound rule file: Must have a title",
		"Must be a sound rule file: Must have a date",
	}
}

test_what_the_reader_said_is_not_said_twice if {
	messages([{"problems": ["Must have METADATA"], "metadata": null, "package": "x"}], []) == {
		"Must be a sound rule file: Must have METADATA",
	}
}

test_the_package_is_the_one_of_the_path if {
	messages([{"package": "countersign.gate.approver.other"}], []) == {concat(" ", [
		"Must have the package that its path gives, countersign.gate.approver.missing",
		"(got countersign.gate.approver.other)",
	])}
}

test_no_package_is_refused if count(messages([{"package": ""}], [])) == 1

test_a_banned_construct_is_named if {
	messages([{"banned": ["walk", "glob.match"]}], []) == {
		"Must not use walk, on which the two engines differ",
		"Must not use glob.match, on which the two engines differ",
	}
}

test_a_code_is_permanent if {
	messages([{}], ["approver.missing", "waiver.too-long"]) == {
		"Must keep the code waiver.too-long: codes are permanent (the file is gone)",
	}
}

test_a_retired_rule_keeps_its_code if messages([{"metadata": {"retired": true}}], ["approver.missing"]) == set()

test_all_rules_gone_is_refused if count(messages([], ["approver.missing", "waiver.self"])) == 2

test_a_finding_is_at_its_file if {
	broken := object.union(rule, {"metadata": null})
	hits := policies.findings with input as testing.given({"/rules": [broken], "/rules_before": ["waiver.too-long"]})
	{[hit.workflow, hit.field] | some hit in hits} == {
		[null, "policies/gate/approver/missing.rego"],
		[null, "policies/gate/waiver/too-long.rego"],
	}
}

messages(rules, before) := {hit.message | some hit in hits} if {
	after := [object.union(rule, changes) | some changes in rules]
	hits := policies.findings with input as testing.given({"/rules": after, "/rules_before": before})
}
