package countersign.gate.risk.floor_test

import data.countersign.gate.risk.floor as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

manifest := "/workflows/0/after/manifest"

with_risk(tier, touches, effect) := {
	concat("", [manifest, "/risk"]): {"tier": tier, "touches": touches, "harm": "A page is wrong."},
	concat("", [manifest, "/actions"]): [{"name": "deed", "effect": effect, "release": "named"}],
}

# Actions that are named after their effects.
acting(tier, touches, effects) := object.union(with_risk(tier, touches, "draft"), {concat("", [manifest, "/actions"]): actions}) if {
	actions := [{"name": effect, "effect": effect, "release": "named"} | some effect in effects]
}

must(floor, effect, got) := {["risk.tier", message]} if {
	message := sprintf("Must be %s, since deed has the effect %s (got %s)", [floor, effect, got])
}

test_high_may_do_everything if {
	every effect in ["label", "draft", "update", "send", "pay", "change"] {
		found(with_risk("high", ["customers", "money"], effect)) == set()
	}
}

# T05
test_touching_anything_is_high if {
	every tier in ["low", "medium"] {
		found(with_risk(tier, ["legal", "money"], "draft")) == {[
			"risk.tier",
			sprintf("Must be high, since it touches legal, money (got %s)", [tier]),
		]}
	}
}

test_labels_and_drafts_may_be_low if {
	every effect in ["label", "draft"] {
		found(with_risk("low", [], effect)) == set()
	}
}

test_sending_and_updating_are_medium if {
	every effect in ["send", "update"] {
		found(with_risk("low", [], effect)) == must("at least medium", effect, "low")
		found(with_risk("medium", [], effect)) == set()
	}
}

test_paying_and_changing_are_high if {
	every effect in ["pay", "change", "something new"] {
		found(with_risk("low", [], effect)) == must("high", effect, "low")
		found(with_risk("medium", [], effect)) == must("high", effect, "medium")
	}
}

test_an_unknown_tier_is_below_every_floor if {
	found(with_risk("grave", [], "send")) == must("at least medium", "send", "grave")
	found(with_risk("grave", [], "label")) == must("at least low", "label", "grave")
	found(with_risk("grave", [], "pay")) == must("high", "pay", "grave")
}

test_every_action_counts if {
	found(acting("low", [], ["draft", "pay"])) == {["risk.tier", "Must be high, since pay has the effect pay (got low)"]}
}

# One mistake is one finding: the strictest demand, with everything that makes it.
test_reasons_are_joined if {
	found(acting("low", ["customers", "money"], ["send", "pay", "change"])) == {[
		"risk.tier",
		"Must be high, since it touches customers, money, and pay has the effect pay, and change has the effect change (got low)",
	]}
	found(acting("low", [], ["update", "draft", "send"])) == {[
		"risk.tier",
		"Must be at least medium, since update has the effect update, and send has the effect send (got low)",
	]}
}

test_nothing_asks_for_nothing if found(acting("low", [], [])) == set()

test_a_retired_workflow_passes if {
	retired := {"/workflows/0/after/state/state": "retired"}
	found(object.union(with_risk("low", ["money"], "pay"), retired)) == set()
}
