package countersign.gate.waiver.unwaivable_test

import data.countersign.gate.waiver.unwaivable
import data.countersign.testing

waiver := {
	"rule": "rollback.stale",
	"workflow": "billing-replies",
	"owner": "ana",
	"reason": "The staging target is being built.",
	"days": 60,
	"days_left": 12,
	"index": 0,
	"problems": [],
}

test_a_waivable_rule_passes if found("all", {}) == set()

test_a_rule_that_may_not_be_waived_is_refused if {
	found("all", {"rule": "control.owner"}) == {[
		"waivers[0].rule",
		"Must name a rule that may be waived (got control.owner, which may not be)",
	]}
}

test_an_unknown_rule_is_refused if {
	found("all", {"rule": "rollback.typo"}) == {[
		"waivers[0].rule",
		"Must name a rule that may be waived (got rollback.typo, which does not exist)",
	]}
}

test_a_rule_that_does_not_say_is_not_waivable if count(found("all", {"rule": "silent.rule"})) == 1

test_a_waiver_of_approval_is_not_added if count(found("change", {"rule": "control.owner"})) == 1

test_a_malformed_waiver_gets_one_finding if found("all", {"rule": "control.owner", "days": null}) == set()

found(mode, rest) := {[hit.field, hit.message] | some hit in hits; hit.workflow == null} if {
	changes := {"/mode": mode, "/team_changed": true, "/team_after/waivers": [object.union(waiver, rest)]}
	hits := unwaivable.findings with input as testing.given(changes) with data.countersign.metadata as metadata
}

metadata := {"rollback.stale": {"waivable": true}, "control.owner": {"waivable": false}, "silent.rule": {}}
