package countersign.gate.model.default_test

import data.countersign.gate.model["default"] as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

refused(uses) := {["models", message]} if {
	message := sprintf("Must have a model with the use default, for what no other claims (got %s)", [uses])
}

test_a_default_passes if found({}) == set()

test_its_place_in_the_list_does_not_matter if {
	swapped := {"/workflows/0/after/manifest/models/0/use": "routine", "/workflows/0/after/manifest/models/1/use": "default"}
	found(swapped) == set()
}

test_no_default_is_refused if {
	found({"/workflows/0/after/manifest/models/0/use": "routine"}) == refused("routine, edge-cases")
}

test_a_misspelt_default_is_none if {
	found({"/workflows/0/after/manifest/models/0/use": "defualt"}) == refused("defualt, edge-cases")
}

test_no_models_at_all_are_refused if found({"/workflows/0/after/manifest/models": []}) == refused("")

test_a_draft_needs_one if {
	draft := {"/workflows/0/after/state/state": "proposed", "/workflows/0/after/manifest/models/0/use": "routine"}
	found(draft) == refused("routine, edge-cases")
}

test_a_retired_workflow_passes if {
	retired := {"/workflows/0/after/state/state": "retired", "/workflows/0/after/manifest/models/0/use": "routine"}
	found(retired) == set()
}
