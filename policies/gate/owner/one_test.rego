package countersign.gate.owner.one_test

import data.countersign.gate.owner.one
import data.countersign.testing

test_a_sound_team_passes if found({"/team_changed": true}) == set()

test_a_team_that_is_not_changed_is_not_judged if found({"/team_after/owner": null, "/team_after/deputy": null}) == set()

test_the_whole_repository_is_judged if count(found({"/mode": "all", "/team_after/owner": null})) == 1

test_no_owner_is_refused if {
	found({"/team_changed": true, "/team_after/owner": null}) == {["owner", "Must name exactly one owner (got none)"]}
}

test_neither_owner_nor_deputy_is_two_findings if {
	fields({"/team_changed": true, "/team_after/owner": null, "/team_after/deputy": null}) == ["deputy", "owner"]
}

test_an_unknown_owner_is_refused if fields({"/team_changed": true, "/team_after/owner": "zoe"}) == ["owner"]

test_an_owner_who_left_is_refused if fields({"/team_changed": true, "/team_after/people/ana/left": true}) == ["owner"]

test_an_owner_who_is_away_stays_the_owner if found({"/team_changed": true, "/team_after/people/ana/away": true}) == set()

test_no_deputy_is_refused if {
	found({"/team_changed": true, "/team_after/deputy": null}) == {["deputy", "Must name a deputy, or say `solo: true` (got neither)"]}
}

test_solo_needs_no_deputy if {
	found(alone({})) == set()
	found(alone({"dana": testing.team.people.dana})) == set()
}

test_solo_excuses_no_wrong_deputy if fields(object.union(alone({}), {"/team_after/deputy": "zoe"})) == ["deputy", "solo"]

test_solo_ends_with_a_deputy if {
	both := alone({"hana": testing.team.people.hana})
	found(object.union(both, {"/team_after/deputy": "hana"})) == {["solo", "Must not say `solo: true` beside a deputy (hana)"]}
}

alone(others) := {
	"/team_changed": true,
	"/team_after/people": object.union({"ana": testing.team.people.ana}, others),
	"/team_after/deputy": null,
	"/team_after/solo": true,
}

test_an_unknown_deputy_is_refused if fields({"/team_changed": true, "/team_after/deputy": "zoe"}) == ["deputy"]

test_a_deputy_who_left_is_refused if fields({"/team_changed": true, "/team_after/people/ben/left": true}) == ["deputy"]

test_the_owner_is_no_deputy if fields({"/team_changed": true, "/team_after/deputy": "ana"}) == ["deputy"]

fields(changes) := [hit[0] | some hit in found(changes)]

found(changes) := {[hit.field, hit.message] | some hit in hits; hit.workflow == null} if {
	hits := one.findings with input as testing.given(changes)
}
