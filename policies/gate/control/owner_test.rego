package countersign.gate.control.owner_test

import data.countersign.gate.control.owner
import data.countersign.testing

docs := {"/change/control/paths": [{"path": "docs/index.md", "status": "edited"}]}

repair := {"/repair": true, "/change/control/paths": [{"path": "policies/verdict.rego", "status": "edited"}]}

test_a_change_of_workflows_alone_passes if who({}, []) == set()

test_the_owner_is_asked if who(docs, []) == {["ana"]}

test_the_owners_approval_is_enough if who(docs, ["ana"]) == set()

test_nobody_else_is_enough if who(docs, ["ben", "cleo", "hana"]) == {["ana"]}

test_an_approval_of_other_content_is_none if {
	other := {"/change/control/digest": "tree:later"}
	who(object.union(docs, other), ["ana"]) == {["ana"]}
}

test_an_unreadable_digest_cannot_be_approved if {
	who(object.union(docs, {"/change/control/digest": null}), ["ana"]) == {["ana"]}
}

test_the_deputy_signs_what_the_owner_wrote if {
	written := object.union(docs, {"/change/authors": ["ana"]})
	who(written, ["ana"]) == {["ben"]}
	who(written, ["ben"]) == set()
}

test_the_deputy_signs_while_the_owner_is_away if {
	who(object.union(docs, {"/team/people/ana/away": true}), ["ana"]) == {["ben"]}
}

test_solo_approves_what_it_wrote if {
	alone := object.union(docs, {"/change/authors": ["ana"], "/team/solo": true, "/team/deputy": null})
	who(alone, []) == {["ana"]}
	who(alone, ["ana"]) == set()
}

test_solo_approves_nothing_while_away if {
	gone := {"/team/solo": true, "/team/deputy": null, "/team/people/ana/away": true}
	who(object.union(docs, gone), ["ana"]) == {[]}
}

test_without_anybody_to_sign_it_still_waits if {
	stuck := object.union(docs, {"/change/authors": ["ana", "ben"]})
	who(stuck, ["ana", "ben"]) == {[]}
	message(stuck) == {concat("", [
		"Must be approved by the owner (nobody who may sign for the owner is left), naming tree:control: ",
		"1 path outside workflows/ (docs/index.md)",
	])}
}

test_without_an_owner_it_still_waits if who(object.union(docs, {"/team/owner": null}), ["ana", "ben"]) == {[]}

test_the_owner_is_read_from_the_target if {
	who(object.union(docs, {"/team_after/owner": "hana", "/team_changed": true}), ["hana"]) == {["ana"]}
}

test_a_repair_needs_owner_and_deputy if {
	who(repair, []) == {["ana"], ["ben"]}
	who(repair, ["ana"]) == {["ben"]}
	who(repair, ["ben"]) == {["ana"]}
	who(repair, ["ana", "ben"]) == set()
}

test_having_written_a_repair_is_consent if {
	who(object.union(repair, {"/change/authors": ["ana"]}), ["ben"]) == set()
	who(object.union(repair, {"/change/authors": ["ana"]}), []) == {["ben"]}
}

test_solo_repairs_alone if {
	alone := object.union(repair, {"/team/solo": true, "/team/deputy": null})
	who(alone, []) == {["ana"]}
	who(alone, ["ana"]) == set()
	who(object.union(repair, {"/team/solo": true}), ["ana"]) == {["ben"]}
}

test_nobody_repairs_without_a_deputy if {
	who(object.union(repair, {"/team/deputy": null}), ["ana"]) == {[]}
	who(object.union(repair, {"/team/deputy": "ana"}), ["ana"]) == {[]}
	who(object.union(repair, {"/team/owner": null}), ["ben"]) == {[]}
	who(object.union(repair, {"/team/owner": null, "/team/deputy": null, "/team/solo": true}), ["ana"]) == {[]}
}

# T02
test_a_claimed_author_of_a_repair_does_not_consent if {
	claimed := object.union(repair, {"/change/authors": ["ana", "gita"], "/change/opened_by": "gita"})
	who(claimed, ["ben"]) == {["ana"]}
	who(object.union(claimed, {"/change/opened_by": "ana"}), ["ben"]) == set()
}

test_an_absence_is_not_the_owners_business if {
	who(object.union(docs, {"/change/control/absences": ["finn"]}), []) == set()
}

test_both_are_named if {
	message(repair) == {message |
		some person in ["ana", "ben"]
		message := sprintf("Must be approved by %s, naming tree:control: 1 path outside workflows/ (policies/verdict.rego)", [person])
	}
}

# T01
test_paths_that_judge_are_named_first if {
	message(paths(["docs/a", "policies/z.rego"])) == {concat("", [
		"Must be approved by ana, naming tree:control: 2 paths outside workflows/ (policies/z.rego, docs/a)",
	])}
}

test_the_first_ten_paths_are_named if {
	eleven := [sprintf("%d", [number]) | some number in numbers.range(10, 20)]
	message(paths(eleven)) == {concat("", [
		"Must be approved by ana, naming tree:control: 11 paths outside workflows/ ",
		"(10, 11, 12, 13, 14, 15, 16, 17, 18, 19 and 1 more)",
	])}
	message(paths(["c", "b", "a"])) == {"Must be approved by ana, naming tree:control: 3 paths outside workflows/ (a, b, c)"}
}

test_the_finding_is_at_the_first_path if {
	hits := owner.findings with input as testing.given(paths(["b", "a"]))
	{[hit.workflow, hit.field] | some hit in hits} == {[null, "a"]}
}

paths(names) := {"/change/control/paths": [{"path": name, "status": "added"} | some name in names]}

who(changes, approvers) := {hit.who | some hit in hits} if {
	approvals := [{"person": id, "forge": 1, "digest": "tree:control", "age_days": 0, "how": "file", "void": null} | some id in approvers]
	hits := owner.findings with input as testing.given(object.union(changes, {"/change/control/approvals": approvals}))
}

message(changes) := {hit.message | some hit in hits} if {
	hits := owner.findings with input as testing.given(changes)
}
