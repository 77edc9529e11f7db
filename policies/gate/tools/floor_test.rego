package countersign.gate.tools.floor_test

import data.countersign.gate.tools.floor as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

tool(tier, effect) := {
	"/workflows/0/after/manifest/risk/tier": tier,
	"/workflows/0/after/manifest/tools": [{"name": "first", "effect": "read"}, {"name": "crm", "effect": effect}],
}

test_reading_may_be_low if found(tool("low", "read")) == set()

test_more_than_reading_is_not_low if {
	every effect in ["write", "external", "something new"] {
		found(tool("low", effect)) == {[
			"tools[crm].effect",
			sprintf("Must be in a workflow of at least medium tier (got %s in a low one)", [effect]),
		]}
	}
}

test_medium_and_high_may if {
	every tier in ["medium", "high"] {
		found(tool(tier, "write")) == set()
	}
}

test_none_passes if {
	found(object.union(tool("low", "write"), {"/workflows/0/after/manifest/tools": []})) == set()
}

test_a_retired_workflow_passes if {
	found(object.union(tool("low", "write"), {"/workflows/0/after/state/state": "retired"})) == set()
}
