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
	why := "since it is new or its powers change (countersigned digest h1:countersigned-after)"
	message := sprintf("Must be approved by %s, %s", [named(signer), why])
}

named("ana") := "ana"

named("ben") := "ben for the owner"

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

# T09
test_what_goes_without_having_been_retired_is if {
	gone := {
		"/workflows/0/status": "deleted",
		"/workflows/0/before": null,
		"/workflows/0/after": null,
		"/workflows/0/countersigned": "h1:deletion",
	}
	why := "since it goes without having been retired (countersigned digest h1:deletion)"
	found(gone) == {["workflow", sprintf("Must be approved by ana, %s", [why])]}
	approval := object.union(testing.approval("ana", ""), {"digest": "h1:deletion"})
	found(object.union(gone, {"/workflows/0/approvals": [approval]})) == set()
}

test_a_new_workflow_is if found(new) == asks("workflow", "ana")

test_the_owners_approval_is_enough if {
	found(object.union(looser, approved(["ana"]))) == set()
	found(object.union(new, approved(["ana", "finn"]))) == set()
}

# T03
test_at_high_the_owner_names_the_content if {
	clicked := {"/workflows/0/approvals": [object.union(testing.approval("ana", "after"), {"how": "button"})]}
	medium := {"/workflows/0/before/manifest/risk/tier": "medium", "/workflows/0/after/manifest/risk/tier": "medium"}
	found(object.union(looser, clicked)) == asks("actions[a].release", "ana")
	found(object.union(looser, object.union(clicked, medium))) == set()
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
