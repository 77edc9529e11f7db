package countersign.gate.stop.when_test

import data.countersign.gate.stop.when as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

when(triggers) := {"/workflows/0/after/manifest/stop/when": triggers}

trigger(metric, above) := {"metric": metric, "above": above, "over": 60}

none := {["stop.when", "Must have at least one numeric trigger (got none)"]}

test_numbers_pass if found({}) == set()

test_one_number_is_enough if found(when([trigger("wrong", 0.5)])) == set()

test_no_trigger_is_refused if found(when([])) == none

test_words_are_no_numbers if found(when([trigger("wrong", "often"), trigger("odd", null)])) == none

test_one_number_among_words_passes if found(when([trigger("wrong", "often"), trigger("odd", 1)])) == set()

test_a_metric_twice_is_refused if {
	found(when([trigger("wrong", 1), trigger("odd", 1), trigger("wrong", 9)])) == {[
		"stop.when",
		"Must name each metric once (got wrong twice)",
	]}
}

test_a_live_workflow_has_one if {
	found({"/workflows/0/after/manifest/stop": null}) == {[
		"stop.when",
		"Must have at least one numeric trigger (got no stop section)",
	]}
}

test_a_draft_need_not_yet if {
	found({"/workflows/0/after/manifest/stop": null, "/workflows/0/after/state/state": "proposed"}) == set()
}

test_a_draft_with_an_empty_list_is_refused if {
	found(object.union(when([]), {"/workflows/0/after/state/state": "proposed"})) == none
}

test_a_retired_workflow_passes if found(object.union(when([]), {"/workflows/0/after/state/state": "retired"})) == set()
