package countersign.gate.people.distinct_test

import data.countersign.gate.people.distinct
import data.countersign.testing

test_everybody_is_distinct if found({"/team_changed": true}) == set()

test_a_shared_forge_id_is_refused if {
	found({"/team_changed": true, "/team_after/people/ben/forge": 101}) == {[
		"people[ben].forge",
		"Must not share the forge id 101 (got ana, ben)",
	]}
}

test_absent_forge_ids_are_not_shared if {
	found({"/team_changed": true, "/team_after/people/ana/forge": null, "/team_after/people/ben/forge": null}) == set()
}

test_an_address_is_shared_whatever_its_case if {
	found({"/team_changed": true, "/team_after/people/hana/emails": ["person-106@example.org"]}) == {[
		"people[hana].emails",
		"Must not share the e-mail person-106@example.org (got finn, hana)",
	]}
}

test_one_person_may_list_an_address_twice if {
	found({"/team_changed": true, "/team_after/people/hana/emails": ["h@example.org", "h@example.org"]}) == set()
}

test_a_shared_key_is_refused if {
	found({"/team_changed": true, "/team_after/people/ben/keys": ["ana-2026"]}) == {[
		"people[ben].keys",
		"Must not share the key ana-2026 (got ana, ben)",
	]}
}

test_a_key_and_an_address_that_read_the_same_are_not_shared if {
	found({"/team_changed": true, "/team_after/people/ben/keys": ["person-101@example.org"]}) == set()
}

test_three_who_share_are_two_findings if {
	count(found({"/mode": "all", "/team_after/people/ben/forge": 101, "/team_after/people/eli/forge": 101})) == 2
}

test_a_team_that_is_not_changed_is_not_judged if found({"/team_after/people/ben/forge": 101}) == set()

found(changes) := {[hit.field, hit.message] | some hit in hits; hit.workflow == null} if {
	hits := distinct.findings with input as testing.given(changes)
}

test_a_rota_is_not_called_like_a_person if {
	found({"/team_changed": true, "/team_after/rotas": {"finn": ["dana"]}}) == {[
		"rotas[finn]",
		"Must not be called like a person: the rota finn",
	]}
}
