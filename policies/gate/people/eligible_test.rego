package countersign.gate.people.eligible_test

import data.countersign.gate.people.eligible
import data.countersign.testing

test_a_sound_team_passes if found({"/team_changed": true}) == set()

test_the_owner_must_be_allowed_high if {
	found({"/team_changed": true, "/team_after/people/ana/may": ["low"]}) == {[null, "people[ana].may"]}
}

test_the_deputy_must_be_allowed_high if {
	found({"/mode": "all", "/team_after/people/ben/may": []}) == {[null, "people[ben].may"]}
}

test_others_need_not_be_allowed_anything if found({"/team_changed": true, "/team_after/people/cleo/may": []}) == set()

test_no_deputy_is_left_to_another_rule if found({"/team_changed": true, "/team_after/deputy": null}) == set()

test_no_other_field_of_the_team_names_an_office if {
	found({"/team_changed": true, "/team_after/people/cleo/may": [], "/team_after/founder": "cleo"}) == set()
}

test_a_tier_must_be_a_tier if {
	found({"/team_changed": true, "/team_after/people/cleo/may": ["low", "all"]}) == {[null, "people[cleo].may"]}
}

test_who_left_is_on_no_rota if {
	found({"/team_changed": true, "/team_after/people/hana/left": true}) == {[null, "rotas[support-agents][2]"]}
}

test_who_left_is_nobodys_deputy if {
	found({"/team_changed": true, "/team_after/people/cleo/left": true}) == {[null, "people[finn].deputy"]}
}

test_two_who_left_need_no_new_deputy if {
	found({"/team_changed": true, "/team_after/people/cleo/left": true, "/team_after/people/finn/left": true}) == set()
}

test_a_kind_of_record_needs_a_key_of_somebody_who_stays if {
	changes := {"/team_changed": true, "/team_after/people/cleo/left": true, "/team_after/people/cleo/keys": ["c"]}
	alone := {"/team_after/people/finn/deputy": null, "/team_after/signers/stop": ["c"]}
	found(object.union(changes, alone)) == {[null, "signers[stop]"]}
	beside := {"/team_after/people/finn/deputy": null, "/team_after/signers/stop": ["c", "ana-2026"]}
	found(object.union(changes, beside)) == set()
}

test_a_kind_of_record_needs_a_key_that_has_not_ended if {
	ended := {"/team_changed": true, "/team_after/people/ana/ended": ["ana-2026"]}
	found(ended) == {[null, "signers[stop]"]}
	beside := object.union(ended, {"/team_after/people/ben/keys": ["ben-2026"], "/team_after/signers/stop": ["ana-2026", "ben-2026"]})
	found(beside) == set()
}

test_nobody_need_sign_a_kind_of_record if found({"/team_changed": true, "/team_after/signers/stop": []}) == set()

test_who_left_owns_no_task if {
	changes := {"/team_changed": true, "/team_after/people/cleo/left": true, "/team_after/people/finn/deputy": null}
	found(object.union(changes, {"/team_after/tasks/writing/owner": "cleo"})) == {[null, "tasks[writing].owner"]}
}

test_who_is_away_keeps_their_duties if found({"/team_changed": true, "/team_after/people/dana/away": true}) == set()

test_a_team_that_is_not_changed_is_not_judged if {
	found({"/team_after/people/dana/left": true, "/team_after/people/ben/may": ["huge"]}) == set()
}

test_the_deputy_of_an_approver_who_left_signs_the_hand_over if {
	who({"/mode": "all", "/team/people/finn/left": true}) == {["cleo"]}
}

test_else_the_owner_signs_the_hand_over if {
	who({"/mode": "all", "/team/people/finn/left": true, "/team/people/finn/deputy": null}) == {["ana"]}
}

test_a_hand_over_is_asked_for_even_if_nobody_can_sign_it if {
	gone := {"/team/people/finn/deputy": null, "/team/people/ana/left": true, "/team/owner": null}
	who(object.union(gone, {"/mode": "all", "/team/people/finn/left": true})) == {[]}
}

test_a_change_is_not_stopped_by_a_departure if who({"/team/people/finn/left": true}) == set()

test_an_approver_who_is_away_is_no_departure if who({"/mode": "all", "/team/people/finn/away": true}) == set()

test_what_does_not_run_is_handed_over_when_it_is_launched if {
	who({"/mode": "all", "/team/people/finn/left": true, "/workflows/0/after/state/state": "proposed"}) == set()
}

test_messages_name_who_and_what if {
	changes := {"/mode": "all", "/team_after/people/ben/may": ["low"], "/team/people/finn/left": true}
	hits := eligible.findings with input as testing.given(changes)
	{hit.message | some hit in hits} == {
		"Must allow the deputy to approve high (got low)",
		"Must be handed over by finn, who has left",
	}
}

found(changes) := {[hit.workflow, hit.field] | some hit in hits} if {
	hits := eligible.findings with input as testing.given(changes)
}

who(changes) := {hit.who | some hit in hits; hit.workflow == "billing-replies"; hit.field == "approver"} if {
	hits := eligible.findings with input as testing.given(changes)
}
