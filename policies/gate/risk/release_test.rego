package countersign.gate.risk.release_test

import data.countersign.gate.risk.release as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

releases := ["named", "review", "sample", "automatic"]

action(tier, touches, effect, release) := {
	"/workflows/0/before": null,
	"/workflows/0/after/manifest/risk": {"tier": tier, "touches": touches, "harm": "A page is wrong."},
	"/workflows/0/after/manifest/actions": [{"name": "deed", "effect": effect, "release": release}],
}

# The releases that pass.
allowed(tier, touches, effect) := {release |
	some release in releases
	found(action(tier, touches, effect, release)) == set()
}

test_high_reviews_drafts_and_labels if {
	every effect in ["draft", "label"] {
		allowed("high", ["customers"], effect) == {"named", "review"}
	}
}

test_high_names_the_rest if {
	every effect in ["send", "update", "pay", "change", "something new"] {
		allowed("high", ["customers"], effect) == {"named"}
	}
}

test_medium_reviews if {
	every effect in ["draft", "label", "send", "update"] {
		allowed("medium", [], effect) == {"named", "review"}
	}
}

test_low_is_free if {
	every effect in ["draft", "label", "send", "update"] {
		allowed("low", [], effect) == {release | some release in releases}
	}
}

test_paying_and_changing_are_always_named if {
	every tier in ["low", "medium", "high"] {
		allowed(tier, [], "pay") == {"named"}
		allowed(tier, [], "change") == {"named"}
	}
}

test_grave_matters_are_always_named if {
	every touched in ["money", "legal", "security", "production"] {
		allowed("high", ["customers", touched], "draft") == {"named"}
		allowed("low", [touched], "label") == {"named"}
	}
}

# T05
test_the_stricter_tier_counts if {
	lowered := object.union(action("low", [], "draft", "automatic"), {"/workflows/0/before": testing.side("before")})
	found(lowered) == {["actions[deed].release", "Must be named or review for the action deed (got automatic)"]}
}

test_the_action_is_named if {
	found(action("high", [], "send", "review")) == {["actions[deed].release", "Must be named for the action deed (got review)"]}
}

test_a_retired_workflow_passes if {
	retired := {"/workflows/0/after/state/state": "retired"}
	found(object.union(action("high", ["money"], "pay", "automatic"), retired)) == set()
}
