package countersign.gate.risk.owner_test

import data.countersign.gate.risk.owner as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

approved(people) := {"/workflows/0/approvals": [testing.approval(person, "after") | some person in people]}

looser := {"/workflows/0/delta": [
	testing.step("tools[crm]", "tools[]", null, true),
	testing.step("actions[a].release", "actions[].release", "named", "review"),
]}

new := {"/workflows/0/status": "added", "/workflows/0/before": null}

asks(place, signer) := {[place, message]} if {
	message := sprintf("Must be approved by %s for the owner, since it is new or its powers change", [signer])
}

who(changes) := {person |
	hits := rule.findings with input as testing.given(changes)
	some hit in hits
	some person in hit.who
}

test_a_new_prompt_is_not_the_owners if found({}) == set()

test_new_powers_are if {
	found(looser) == asks("actions[a].release", "ana")
	who(looser) == {"ana"}
}

test_the_place_is_a_new_power if {
	changes := [testing.step("approver", "approver", "finn", "cleo"), testing.step("tools[crm]", "tools[]", null, true)]
	found({"/workflows/0/delta": changes}) == asks("tools[crm]", "ana")
}

test_a_new_workflow_is if found(new) == asks("workflow", "ana")

test_the_owners_approval_is_enough if {
	found(object.union(looser, approved(["ana"]))) == set()
	found(object.union(new, approved(["ana", "finn"]))) == set()
}

test_nobody_elses_is if found(object.union(looser, approved(["ben", "cleo", "finn"]))) == asks("actions[a].release", "ana")

# T03
test_it_is_for_this_version if {
	stale := {"/workflows/0/approvals": [testing.approval("ana", "before")]}
	found(object.union(looser, stale)) == asks("actions[a].release", "ana")
}

# T02
test_the_deputy_signs_what_the_owner_wrote if {
	mine := object.union(looser, {"/change/authors": ["ana"]})
	found(object.union(mine, approved(["ana"]))) == asks("actions[a].release", "ben")
	found(object.union(mine, approved(["ben"]))) == set()
}

test_nobody_left_is_another_rules_matter if found(object.union(looser, {"/change/authors": ["ana", "ben"]})) == set()

test_less_power_is_not_the_owners if {
	found({"/workflows/0/delta": [testing.step("actions[a].release", "actions[].release", "review", "named")]}) == set()
}
