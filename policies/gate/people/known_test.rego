package countersign.gate.people.known_test

import data.countersign.gate.people.known
import data.countersign.testing

test_everybody_is_known if found({"/team_changed": true}) == set()

test_a_person_may_stand_where_a_rota_may if {
	found({"/workflows/0/after/manifest/reviewers": "ana", "/workflows/0/after/manifest/stop/by": "ben"}) == set()
}

test_an_unknown_deputy_is_refused if {
	found({"/team_changed": true, "/team_after/people/hana/deputy": "zoe"}) == {[null, "people[hana].deputy"]}
}

test_an_unknown_member_of_a_rota_is_refused if {
	found({"/team_changed": true, "/team_after/rotas/support": ["zoe", "eli"]}) == {[null, "rotas[support][0]"]}
}

test_a_rota_is_no_member_of_a_rota if {
	found({"/mode": "all", "/team_after/rotas/support": ["support-agents"]}) == {[null, "rotas[support][0]"]}
}

test_a_key_of_nobody_is_refused if {
	found({"/team_changed": true, "/team_after/signers/stop": ["ana-2026", "lost"]}) == {[null, "signers[stop]"]}
}

test_an_unknown_owner_of_a_task_is_refused if {
	found({"/team_changed": true, "/team_after/tasks/writing/owner": "zoe"}) == {[null, "tasks[writing].owner"]}
}

test_a_task_without_owner_is_left_to_the_schema if {
	found({"/team_changed": true, "/team_after/tasks/writing/owner": null}) == set()
}

test_a_team_that_is_not_changed_is_not_judged if {
	found({"/team_after/people/hana/deputy": "zoe", "/team_after/signers/stop": ["lost"]}) == set()
}

test_unknown_reviewers_are_refused if {
	found({"/workflows/0/after/manifest/reviewers": "suport"}) == {["billing-replies", "reviewers"]}
}

test_unknown_on_call_is_refused if found({"/workflows/0/after/manifest/stop/by": "zoe"}) == {["billing-replies", "stop.by"]}

test_an_unknown_task_is_refused if found({"/workflows/0/after/manifest/task": "selling"}) == {["billing-replies", "task"]}

test_absent_values_are_left_to_other_rules if {
	found({"/workflows/0/after/manifest/reviewers": null, "/workflows/0/after/manifest/stop": null}) == set()
	found({"/workflows/0/after/manifest/stop/by": null}) == set()
}

test_manifests_are_held_against_the_team_as_the_change_leaves_it if {
	found({"/team_after/rotas/night": ["eli"], "/workflows/0/after/manifest/reviewers": "night"}) == set()
	found({"/team/rotas/night": ["eli"], "/workflows/0/after/manifest/reviewers": "night"}) != set()
}

test_an_unreadable_team_is_told_once if {
	problems := [{"file": "team/people.yaml", "field": "", "message": "Must be YAML", "line": 0}]
	strange := {"/workflows/0/after/manifest/task": "selling", "/workflows/0/after/manifest/reviewers": "zoe"}
	found(object.union(strange, {"/team_after/problems": problems})) == set()
}

test_a_deleted_workflow_names_nobody if found({"/workflows/0/after": null}) == set()

test_the_message_names_who_was_got if {
	hits := known.findings with input as testing.given({"/workflows/0/after/manifest/reviewers": "suport"})
	{hit.message | some hit in hits} == {"Must name a rota or a person of team/people.yaml (got suport)"}
}

found(changes) := {[hit.workflow, hit.field] | some hit in hits} if {
	hits := known.findings with input as testing.given(changes)
}
