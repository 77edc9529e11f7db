package countersign.gate.approver.self_test

import data.countersign.gate.approver.self as rule
import data.countersign.testing

found(changes) := {[hit.workflow, hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

solo := {"/team/solo": true, "/team/deputy": null, "/change/authors": ["ana"]}

tier(grade) := {
	"/workflows/0/before/manifest/risk/tier": grade,
	"/workflows/0/after/manifest/risk/tier": grade,
}

docs := {"/change/control/paths": [{"path": "b.md", "status": "added"}, {"path": "a.md", "status": "added"}]}

words := "Must be known as self-approved: ana wrote it and approved it"

mine := object.union(solo, {"/workflows/0/approvals": [testing.approval("ana", "after")]})

pages := object.union(solo, object.union(docs, {"/change/control/approvals": [object.union(
	testing.approval("ana", ""),
	{"digest": "tree:control"},
)]}))

test_the_work_of_others_is_not_told if {
	found({}) == set()
	found(object.union(mine, {"/change/authors": ["hana"]})) == set()
}

# T02
test_ones_own_medium_work_is_told if {
	found(object.union(mine, tier("medium"))) == {["billing-replies", "approver", words]}
}

# T02
test_at_high_it_does_not_count_at_all if found(mine) == set()

test_without_solo_it_does_not_count if {
	found(object.union(mine, object.union(tier("medium"), {"/team/solo": false, "/team/deputy": "ben"}))) == set()
}

test_ones_own_other_paths_are_told if {
	found(pages) == {[null, "a.md", words]}
	found(object.union(pages, {"/change/authors": ["hana"]})) == set()
	found(object.union(pages, {"/change/control/approvals": []})) == set()
}
