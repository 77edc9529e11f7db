package countersign.gate.people.identity_test

import data.countersign.gate.people.identity
import data.countersign.testing

test_known_committers_pass if found({}) == set()

test_a_change_without_commits_passes if found({"/change/authors": []}) == set()

test_an_unknown_address_is_named if {
	found({"/change/unknown_emails": ["who@example.net"]}) == {[
		null, "people",
		"Must be committed by people of team/people.yaml (got the unknown e-mail who@example.net)",
	]}
}

test_who_puts_a_signed_stop_on_file_may_be_anybody if {
	found(object.union(testing.on_file, {"/change/unknown_emails": ["who@example.net"]})) == set()
}

test_each_unknown_address_is_a_finding if count(found({"/change/unknown_emails": ["a@example.net", "b@example.net"]})) == 2

found(changes) := {[hit.workflow, hit.field, hit.message] | some hit in hits} if {
	hits := identity.findings with input as testing.given(changes)
}
