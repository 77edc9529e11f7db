package countersign.gate.drill.plausible_test

import data.countersign.gate.drill.plausible as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits; hit.workflow == "billing-replies"} if {
	hits := rule.findings with input as testing.given(changes)
}

plays(scenarios) := {"/workflows/0/after/drill/scenarios": scenarios}

crosses(metric, value) := plays([testing.scenario("stop-trigger", {"metric": metric, "value": value})])

test_an_action_of_the_manifest_passes if found({}) == set()

# T08
test_an_unknown_action_is_refused if {
	strange := testing.scenario("bad-approval", {"action": "refund"})
	found(plays([testing.scenario("bad-approval", {"action": "invoice-copy"}), strange])) == {[
		"files[drill.yaml].scenarios[1].action",
		"Must be one of `actions` in workflow.yaml: action of drill.yaml (got refund)",
	]}
}

test_a_use_of_the_manifest_passes if {
	every use in ["default", "edge-cases"] {
		found(plays([testing.scenario("wrong-model", {"use": use})])) == set()
	}
}

test_an_unknown_use_is_refused if {
	found(plays([testing.scenario("wrong-model", {"use": "defualt"})])) == {[
		"files[drill.yaml].scenarios[0].use",
		"Must be one of `models` in workflow.yaml: use of drill.yaml (got defualt)",
	]}
}

test_a_number_above_the_trigger_passes if {
	found(crosses("wrong_price", 0.5)) == set()
	found(crosses("rework_minutes_per_task", 6.5)) == set()
}

# T08
test_a_number_that_crosses_nothing_is_refused if {
	every value in [0, 5.5, 6] {
		found(crosses("rework_minutes_per_task", value)) == {[
			"files[drill.yaml].scenarios[0].value",
			"Must be above the trigger of rework_minutes_per_task in workflow.yaml: value of drill.yaml",
		]}
	}
}

test_no_number_crosses_nothing if count(found(crosses("wrong_price", null))) == 1

test_an_unknown_metric_is_refused if {
	found(crosses("wrong_prices", 1)) == {[
		"files[drill.yaml].scenarios[0].metric",
		"Must be one of `stop.when` in workflow.yaml: metric of drill.yaml (got wrong_prices)",
	]}
}

test_a_metric_without_any_trigger_is_refused if {
	untold := object.union(crosses("wrong_price", 1), {"/workflows/0/after/manifest/stop": null})
	{hit[0] | some hit in found(untold)} == {"files[drill.yaml].scenarios[0].metric"}
}

test_a_scenario_played_on_nothing_passes if found(plays([testing.scenario("provider-down", {})])) == set()

test_silence_fits_the_drain_budget if {
	found({"/workflows/0/after/drill/silence": 40}) == set()
	found({"/workflows/0/after/drill/silence": 41}) == {[
		"files[drill.yaml].silence",
		"Must fit the drain budget of 40 s: silence of drill.yaml (got 41 s)",
	]}
}

test_every_flaw_is_named if {
	flaws := object.union(plays([testing.scenario("x", {"action": "x", "use": "x"})]), {"/workflows/0/after/drill/drain": 1})
	count(found(flaws)) == 3
}

test_no_drill_is_left_to_another_rule if found({"/workflows/0/after/drill": null}) == set()

test_a_draft_is_judged if {
	draft := {"/workflows/0/after/state/state": "proposed"}
	count(found(object.union(draft, {"/workflows/0/after/drill/silence": 41}))) == 1
}

test_a_retired_workflow_passes if {
	retired := {"/workflows/0/after/state/state": "retired"}
	flaws := object.union(plays([testing.scenario("x", {"action": "x"})]), {"/workflows/0/after/drill/silence": 99})
	found(object.union(retired, flaws)) == set()
	found(object.union(retired, crosses("wrong_price", 0))) == set()
}

# T08
test_a_scenario_in_which_nothing_goes_wrong_is_refused if {
	idle := testing.scenario("provider-down", {"failing_percent": 0, "latency_ms": 0})
	found(plays([idle])) == {[
		"files[drill.yaml].scenarios[0].failing_percent",
		"Must be more than 0, or nothing goes wrong: failing_percent of drill.yaml",
	]}
	free := testing.scenario("fake-refund-request", {"action": "invoice-copy", "amount": 0})
	found(plays([free])) == {[
		"files[drill.yaml].scenarios[0].amount",
		"Must be more than 0, or nothing goes wrong: amount of drill.yaml",
	]}
}

test_a_provider_that_fails_or_is_slow_passes if {
	every trouble in [{"failing_percent": 1, "latency_ms": 0}, {"failing_percent": 0, "latency_ms": 1}] {
		found(plays([testing.scenario("provider-down", trouble)])) == set()
	}
}

# T08
test_silence_and_fallback_are_proved_meanwhile if {
	every probe in ["fallback-open", "old-version-silent"] {
		kept := [other | some other in ["fallback-open", "old-version-silent", "nothing-paid"]; other != probe]
		words := "Must prove while the AI step is off that the old version is silent and the fallback open (got no %s)"
		found({"/workflows/0/after/drill/during": kept}) == {[
			"files[drill.yaml].steady_state.during",
			sprintf(words, [probe]),
		]}
	}
}

test_no_drill_file_is_another_rule_s if found({"/workflows/0/after/drill": null}) == set()
