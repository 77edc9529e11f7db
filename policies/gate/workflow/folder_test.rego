package countersign.gate.workflow.folder_test

import data.countersign.gate.workflow.folder as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

named(name) := {"/workflows/0/name": name, "/workflows/0/after/manifest/workflow": name}

deleted := {"/workflows/0/status": "deleted", "/workflows/0/after": null}

test_name_and_folder_alike_pass if found({}) == set()

test_another_name_than_the_folder_is_refused if {
	found({"/workflows/0/after/manifest/workflow": "refunds"}) == {[
		"workflow",
		"Must equal the folder's name, billing-replies (got refunds)",
	]}
}

test_plain_names_pass if {
	every name in ["a", "a1", "ab-c2", "a-1", long(63)] {
		found(named(name)) == set()
	}
}

test_other_names_are_refused if {
	every name in ["", "-a", "a-", "a--b", "1a", "A", "a_b", "a.b", "a b", "b\u0456lling", long(64)] {
		found(named(name)) == {["workflow", message(name)]}
	}
}

test_a_look_alike_is_refused if {
	found({"/workflows/0/history/look_alike": "billing-rep1ies"}) == {[
		"workflow",
		"Must not read like the name of another workflow, billing-rep1ies",
	]}
}

test_a_deleted_workflow_passes if {
	bad := {"/workflows/0/name": "a--b", "/workflows/0/history/look_alike": "a-b"}
	found(object.union(deleted, bad)) == set()
}

message(name) := sprintf("Must be in a folder named with a-z, 0-9 and single hyphens, at most 63 (got %s)", [name])

long(length) := concat("", ["a" | some _ in numbers.range(1, length)])

# T10
test_a_link_in_a_folder_s_place_is_refused if {
	every kind in ["symlink", "submodule"] {
		place := {"path": "workflows/new", "status": "added", "kind": kind, "hides": false}
		hits := rule.findings with input as testing.given({"/change/control/paths": [place]})
		{[hit.workflow, hit.field, hit.message] | some hit in hits} == {[
			null, "workflows/new",
			sprintf("Must be a folder of plain files: workflows/new (got %s)", [kind]),
		]}
	}
}

test_other_paths_are_not_a_folder_s_place if {
	every place in [
		{"path": "workflows/README.md", "status": "added", "kind": "file", "hides": false},
		{"path": "docs/link", "status": "added", "kind": "symlink", "hides": false},
		{"path": "workflows/old", "status": "deleted", "kind": null, "hides": false},
	] {
		hits := rule.findings with input as testing.given({"/change/control/paths": [place]})
		hits == set()
	}
}
