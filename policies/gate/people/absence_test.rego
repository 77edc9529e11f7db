package countersign.gate.people.absence_test

import data.countersign.gate.people.absence as rule
import data.countersign.testing

# Whose word is missing, a list for each duty.
missing(changes) := {hit.who | some hit in hits} if {
	paths := {"/change/control/paths": [{"path": "team/people.yaml", "status": "edited"}], "/workflows": []}
	hits := rule.findings with input as testing.given(object.union(paths, changes))
}

away(ids) := {"/change/control/absences": ids}

by(ids, authors) := object.union(away(ids), {"/change/authors": authors})

approved(ids, approvers) := object.union(away(ids), {"/change/control/approvals": [approval |
	some person in approvers
	approval := object.union(testing.approval(person, ""), {"digest": "tree:control", "how": "button"})
]})

test_other_changes_are_not_judged_here if missing(away([])) == set()

test_everybody_records_their_own if missing(by(["finn"], ["finn"])) == set()

test_deputy_and_owner_record_it_too if {
	every person in ["finn", "cleo", "ana"] {
		missing(by(["finn"], [person])) == set()
		missing(approved(["finn"], [person])) == set()
	}
}

test_nobody_else_does if {
	missing(by(["finn"], ["hana"])) == {["ana", "cleo", "finn"]}
	missing(approved(["finn"], ["ben"])) == {["ana", "cleo", "finn"]}
	missing(by(["dana"], ["hana"])) == {["ana", "dana"]}
}

# T03
test_an_approval_of_other_content_is_none if {
	stale := object.union(approved(["finn"], ["cleo"]), {"/change/control/digest": "tree:later"})
	missing(stale) == {["ana", "cleo", "finn"]}
}

# T02
test_a_claimed_author_is_not_the_one_who_opened_it if {
	claimed := object.union(by(["finn"], ["finn", "gita"]), {"/change/opened_by": "gita"})
	missing(claimed) == {["ana", "cleo", "finn"]}
}

test_the_owners_takes_two if {
	missing(by(["ana"], ["ana"])) == {["ben"], ["cleo", "finn"]}
	missing(by(["ana"], ["ben"])) == {["cleo", "finn"]}
	missing(approved(["ana"], ["ben", "finn"])) == set()
}

test_in_a_team_of_two_the_deputy_alone_records_the_owners if {
	two := {"/team/people": {id: testing.team.people[id] | some id in ["ana", "ben"]}}
	missing(object.union(by(["ana"], ["ben"]), two)) == set()
	missing(object.union(approved(["ana"], ["ben"]), two)) == set()
	missing(object.union(by(["ana"], ["ana"]), two)) == {["ben"]}
}

test_who_has_left_agrees_to_nothing if {
	gone := object.union(approved(["finn"], ["cleo"]), {"/team/people/cleo/left": true})
	missing(gone) == {["ana", "cleo", "finn"]}
}

test_a_team_of_one_records_its_own if {
	solo := {"/team/solo": true, "/team/deputy": null}
	missing(object.union(by(["ana"], ["ana"]), solo)) == set()
	missing(object.union(by(["ana"], ["hana"]), solo)) == {["ana"]}
}

test_each_person_is_asked_about if {
	missing(by(["finn", "ana"], ["finn"])) == {["ben"]}
	missing(by(["finn", "ana"], ["ben"])) == {["ana", "cleo", "finn"], ["cleo", "finn"]}
}
