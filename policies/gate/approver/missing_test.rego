package countersign.gate.approver.missing_test

import data.countersign.gate.approver.missing as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

none := {"/workflows/0/after/manifest/approver": null}

test_a_named_approver_passes if found({}) == set()

test_a_live_workflow_without_one_is_refused if {
	found(none) == {["approver", "Must name an approver (got none)"]}
}

test_a_draft_without_one_is_refused if {
	count(found(object.union(none, {"/workflows/0/after/state/state": "proposed"}))) == 1
}

test_a_retired_workflow_passes if {
	found(object.union(none, {"/workflows/0/after/state/state": "retired"})) == set()
}

test_a_deleted_workflow_passes if found({"/workflows/0/status": "deleted", "/workflows/0/after": null}) == set()
