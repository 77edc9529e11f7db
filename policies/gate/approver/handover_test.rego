package countersign.gate.approver.handover_test

import data.countersign.gate.approver.handover as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

# From finn to cleo, with these approvals of this version.
over(people) := {
	"/workflows/0/after/manifest/approver": "cleo",
	"/workflows/0/approvals": [testing.approval(person, "after") | some person in people],
}

but(people, changes) := object.union(over(people), changes)

old(instead) := ["approver", sprintf("Must have the consent of the old approver, finn%s", [instead])]

new(instead) := ["approver", sprintf("Must have the consent of the new approver, cleo%s", [instead])]

who(changes) := {person |
	hits := rule.findings with input as testing.given(changes)
	some hit in hits
	some person in hit.who
}

test_the_same_approver_passes if found({"/workflows/0/approvals": []}) == set()

test_both_consent if found(over(["cleo", "finn"])) == set()

# T04
test_neither_is_enough_alone if {
	found(over(["cleo"])) == {old("")}
	found(over(["finn"])) == {new("")}
	found(over([])) == {old(""), new("")}
}

test_they_are_asked if who(over([])) == {"cleo", "finn"}

test_others_cannot_consent_for_them if found(over(["ana", "ben"])) == {old(""), new("")}

# T03
test_consent_is_to_this_version if {
	stale := {"/workflows/0/approvals": [testing.approval("finn", "before"), testing.approval("cleo", "before")]}
	found(object.union(over([]), stale)) == {old(""), new("")}
}

test_writing_it_is_consent if {
	found(but(["cleo"], {"/change/authors": ["finn"]})) == set()
	found(but(["finn"], {"/change/authors": ["cleo"]})) == set()
}

test_the_deputy_signs_for_who_left if {
	gone := {"/team/people/finn/left": true, "/team/people/finn/deputy": "ben"}
	found(but(["ben", "cleo"], gone)) == set()
	found(but(["cleo"], gone)) == {old(" (ben signs instead)")}
	who(but(["cleo"], gone)) == {"ben"}
}

test_the_owner_signs_for_who_is_unknown if {
	unknown := {"/workflows/0/before/manifest/approver": "zoe"}
	found(but(["ana", "cleo"], unknown)) == set()
}

test_nobody_left_to_sign_is_told if {
	gone := {"/team/people/finn/left": true, "/team/people/finn/deputy": null, "/team/people/ana/away": true}
	found(but(["cleo"], gone)) == {old(" (nobody is left to sign instead)")}
}

test_a_first_approver_only_accepts if {
	first := {"/workflows/0/before/manifest/approver": null}
	found(but(["cleo"], first)) == set()
	found(but([], first)) == {new("")}
}

test_a_new_workflow_hands_nothing_over if {
	found(but([], {"/workflows/0/status": "added", "/workflows/0/before": null})) == set()
}
