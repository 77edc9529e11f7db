package countersign.gate.model.pinned_test

import data.countersign.gate.model.pinned as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

uses(id) := {"/workflows/0/after/manifest/models/0/id": id}

at(tier) := {"/workflows/0/before": null, "/workflows/0/after/manifest/risk/tier": tier}

refused(id) := {["models[default].id", sprintf("Must be a dated version, not an alias (got %s)", [id])]}

test_dated_versions_pass if {
	every id in ["acme/quick-2026-03-01", "acme/quick-20260301", "a/b/quick@20261231", "acme/2025-10-30-quick", "a/x_20250911v2"] {
		found(uses(id)) == set()
	}
}

test_names_without_a_day_are_refused if {
	every id in ["acme/quick", "acme/quick-4", "acme/quick-2026-03", "acme/quick-2026-13-01", "acme/quick-2026-03-32"] {
		found(uses(id)) == refused(id)
	}
}

test_other_numbers_are_no_dates if {
	every id in ["acme/quick-120260301", "acme/quick-202603011", "acme/quick-19990301", "acme/quick-2026-00-10"] {
		found(uses(id)) == refused(id)
	}
}

test_aliases_are_refused_even_with_a_date if {
	every id in ["acme/quick-latest", "acme/quick-2026-03-01-latest", "acme/Latest-2026-03-01", "acme/q-preview-2026-03-01"] {
		found(uses(id)) == refused(id)
	}
}

test_a_word_that_only_holds_an_alias_passes if found(uses("acme/unstable-2026-03-01")) == set()

test_medium_is_judged if found(object.union(uses("acme/quick"), at("medium"))) == refused("acme/quick")

test_low_is_free if found(object.union(uses("acme/quick"), at("low"))) == set()

test_the_stricter_tier_counts if {
	found(object.union(uses("acme/quick"), {"/workflows/0/after/manifest/risk/tier": "low"})) == refused("acme/quick")
}

test_every_model_counts if {
	found({"/workflows/0/after/manifest/models/1/id": "acme/quick"}) == {[
		"models[edge-cases].id",
		"Must be a dated version, not an alias (got acme/quick)",
	]}
}

test_a_retired_workflow_passes if {
	found(object.union(uses("acme/quick"), {"/workflows/0/after/state/state": "retired"})) == set()
}
