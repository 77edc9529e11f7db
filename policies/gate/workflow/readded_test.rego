package countersign.gate.workflow.readded_test

import data.countersign.gate.workflow.readded as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

added := {"/workflows/0/status": "added", "/workflows/0/before": null}

removed := {"/workflows/0/history/removed_before": true}

test_a_new_name_passes if found(added) == set()

test_a_workflow_that_stayed_passes if found(removed) == set()

test_a_name_that_was_removed_is_refused if {
	found(object.union(added, removed)) == {[
		"workflow",
		"Must have a name that no earlier workflow had (got billing-replies)",
	]}
}

test_a_deletion_passes if {
	found(object.union(removed, {"/workflows/0/status": "deleted", "/workflows/0/after": null})) == set()
}
