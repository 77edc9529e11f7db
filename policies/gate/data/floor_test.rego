package countersign.gate.data.floor_test

import data.countersign.gate.data.floor as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

source(tier, access) := {
	"/workflows/0/after/manifest/risk/tier": tier,
	"/workflows/0/after/manifest/data": [{"name": "first", "access": "read"}, {"name": "crm", "access": access}],
}

test_reading_may_be_low if found(source("low", "read")) == set()

test_more_than_reading_is_not_low if {
	every access in ["write", "something new"] {
		found(source("low", access)) == {[
			"data[crm].access",
			sprintf("Must be in a workflow of at least medium tier (got %s in a low one)", [access]),
		]}
	}
}

test_medium_and_high_may if {
	every tier in ["medium", "high"] {
		found(source(tier, "write")) == set()
	}
}

test_none_passes if {
	found(object.union(source("low", "write"), {"/workflows/0/after/manifest/data": []})) == set()
}

test_a_retired_workflow_passes if {
	found(object.union(source("low", "write"), {"/workflows/0/after/state/state": "retired"})) == set()
}
