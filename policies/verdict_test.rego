package countersign.verdict_test

import data.countersign.testing
import data.countersign.verdict

# One rule that finds one thing, with its metadata.
code := "approver.countersign"

meta(changes) := {code: object.union(
	{"severity": "wait", "waivable": false, "warn_when": [], "effective": true},
	changes,
)}

unsigned := {"/workflows/0/approvals": []}

waiver := {
	"rule": code,
	"workflow": "billing-replies",
	"owner": "ana",
	"reason": "The approver is at sea.",
	"days": 10,
	"days_left": 3,
	"index": 0,
	"problems": [],
}

found(changes, metadata) := {finding |
	findings := verdict.findings with input as testing.given(object.union(unsigned, changes))
		with data.countersign.metadata as meta(metadata)
	some finding in findings
	finding.code == code
}

outcome(changes, metadata) := {[finding.severity, finding.waived] | some finding in found(changes, metadata)}

of(changes) := entry if {
	entry := verdict.changes["billing-replies"] with input as testing.given(changes)
		with data.countersign.metadata as meta({})
}

test_everything_in_order_yields_nothing if verdict.findings == set() with input as testing.facts

test_the_answer_is_all_of_it if {
	answer := verdict.answer with input as testing.facts
	answer.findings == set()
	answer.changes["billing-replies"].kind == "widening"
	"approver.countersign" in answer.rules
}

test_a_finding_is_complete if {
	found({}, {}) == {{
		"code": code,
		"severity": "wait",
		"workflow": "billing-replies",
		"file": null,
		"line": null,
		"field": "approver",
		"message": "Must be countersigned by finn (countersigned digest h1:countersigned-after)",
		"who": ["finn"],
		"waived": null,
	}}
}

test_who_is_asked_is_sorted_and_may_be_nobody if {
	medium := {"/workflows/0/before/manifest/risk/tier": "medium", "/workflows/0/after/manifest/risk/tier": "medium"}
	{finding.who | some finding in found(medium, {})} == {["ana", "ben", "cleo", "finn"]}
	findings := verdict.findings with input as testing.given({"/workflows/0/after/manifest/approver": null})
	{finding.who | some finding in findings; finding.code == "approver.missing"} == {[]}
}

# T11
test_every_rule_is_counted if {
	rules := verdict.rules with input as testing.facts
	count(rules) > 40
	{"approver.countersign", "workflow.retired-first", "workflow.schema"} - rules == set()
	not "approver.countersign_test" in rules
}

# T11
test_a_rule_without_metadata_denies if {
	findings := verdict.findings with input as testing.given(unsigned) with data.countersign.metadata as {}
	{finding.severity | some finding in findings; finding.code == code} == {"deny"}
}

test_before_its_day_a_rule_warns if outcome({}, {"effective": false}) == {["warn", null]}

test_at_the_desk_some_rules_warn if {
	outcome({"/assurance": "desk"}, {"warn_when": ["desk"]}) == {["warn", null]}
	outcome({"/assurance": "desk"}, {}) == {["wait", null]}
	outcome({"/assurance": "trusted"}, {"warn_when": ["desk"]}) == {["wait", null]}
}

test_when_narrowing_some_rules_warn if {
	pause := {"/workflows/0/delta": [testing.step("state.state", "state.state", "live", "paused")]}
	outcome(pause, {"warn_when": ["narrowing"]}) == {["warn", null]}
	outcome(pause, {"warn_when": ["desk"]}) == {["wait", null]}
	outcome({}, {"warn_when": ["narrowing"]}) == {["wait", null]}
}

test_when_restoring_the_same_rules_warn if {
	back := {"/workflows/0/after/prompt_digest": "h1:prompt-earlier"}
	outcome(back, {"warn_when": ["narrowing"]}) == {["warn", null]}
}

test_a_waiver_is_named if {
	outcome({"/team/waivers": [waiver]}, {"waivable": true}) == {["wait", 0]}
}

# T13
test_a_rule_that_cannot_be_waived_is_not if {
	outcome({"/team/waivers": [waiver]}, {"waivable": false}) == {["wait", null]}
	outcome({"/team/waivers": [waiver]}, {"waivable": "yes"}) == {["wait", null]}
}

# T13
test_a_waiver_that_comes_with_the_change_does_not_count if {
	outcome({"/team_after/waivers": [waiver]}, {"waivable": true}) == {["wait", null]}
}

test_a_waiver_of_another_workflow_or_rule_does_not_count if {
	outcome({"/team/waivers": [object.union(waiver, {"workflow": "triage"})]}, {"waivable": true}) == {["wait", null]}
	outcome({"/team/waivers": [object.union(waiver, {"rule": "model.pinned"})]}, {"waivable": true}) == {["wait", null]}
}

test_a_change_tells_what_it_is_and_needs if {
	of({}) == {
		"kind": "widening",
		"because": ["files[reply.prompt]"],
		"tier": "high",
		"needs": [],
		"approvals": [{"approval": 0, "role": "approver"}],
		"self_approved": false,
		"drill": "billing-replies/drill/after",
	}
	of(unsigned).needs == ["finn"]
}

test_only_waiting_is_a_need if {
	denied := verdict.changes with input as testing.given(unsigned)
		with data.countersign.metadata as meta({"severity": "deny"})
	denied["billing-replies"].needs == []
	waived := verdict.changes with input as testing.given(object.union(unsigned, {"/team/waivers": [waiver]}))
		with data.countersign.metadata as meta({"waivable": true})
	waived["billing-replies"].needs == []
}

test_an_unchanged_workflow_has_an_entry_too if {
	same := {"/workflows/0/delta": [], "/workflows/0/status": "unchanged", "/workflows/0/before": null}
	found := of(same)
	object.filter(found, ["kind", "because", "needs"]) == {"kind": "none", "because": [], "needs": []}
	object.filter(found, ["approvals", "drill"]) == {"approvals": [], "drill": null}
}

test_what_a_change_leans_on_is_told_if_it_needs_it if {
	of({"/workflows/0/after/state/state": "paused"}).drill == null
	of({"/workflows/0/drills": []}).drill == null
}

test_approvals_of_other_paths_that_count_are_told if {
	docs := {
		"/change/control/paths": [{"path": "docs/index.md", "status": "edited"}],
		"/change/control/approvals": [object.union(testing.approval("ana", ""), {"digest": "tree:control"})],
	}
	answer := verdict.answer with input as testing.given(docs)
	answer.control == {"approvals": [{"approval": 0, "role": "owner"}]}
}

# T10
test_what_cannot_be_read_yields_its_problems_only if {
	broken := testing.given({"/mode": "all", "/workflows/0": {
		"name": "billing-replies",
		"status": "edited",
		"problems": [{"file": "f", "field": "risk", "message": "Must be there", "line": 1}],
	}})
	findings := verdict.findings with input as broken
	{finding.code | some finding in findings} == {"workflow.schema"}
	changes := verdict.changes with input as broken
	changes == {"billing-replies": {
		"kind": "widening", "because": [], "tier": "", "needs": [],
		"approvals": [], "self_approved": false, "drill": null,
	}}
}
