package countersign.gate.stop.by_test

import data.countersign.gate.stop.by as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

by(id) := {"/workflows/0/after/manifest/stop/by": id}

refused(id) := {["stop.by", sprintf("Must be a person or a rota with somebody who is here (got %s)", [id])]}

# Somebody is away, in the target and as the change leaves it.
gone(ids, how) := {pointer: true |
	some id in ids
	some team in ["team", "team_after"]
	pointer := sprintf("/%s/people/%s/%s", [team, id, how])
}

test_a_rota_passes if found({}) == set()

test_a_person_passes if found(by("hana")) == set()

test_one_of_the_rota_is_enough if found(gone(["dana"], "away")) == set()

test_an_unknown_name_is_left_to_another_rule if found(by("suport")) == set()

test_while_the_team_cannot_be_read_an_unknown_name_is_refused if {
	problems := [{"file": "team/people.yaml", "field": "", "message": "Must be YAML", "line": 0}]
	found(object.union(by("suport"), {"/team_after/problems": problems})) == refused("suport")
}

test_a_person_who_is_not_here_is_refused if {
	every how in ["away", "left"] {
		found(object.union(by("hana"), gone(["hana"], how))) == refused("hana")
	}
}

test_a_rota_of_absent_people_is_refused if {
	every how in ["away", "left"] {
		found(gone(["dana", "eli"], how)) == refused("support")
	}
}

test_an_empty_rota_is_refused if {
	found({"/team/rotas/support": [], "/team_after/rotas/support": []}) == refused("support")
}

test_a_rota_that_comes_with_the_change_passes if {
	found(object.union(by("night"), {"/team_after/rotas/night": ["eli"]})) == set()
}

test_a_live_workflow_names_somebody if {
	found({"/workflows/0/after/manifest/stop": null}) == {["stop.by", "Must name who may stop it (got none)"]}
}

test_a_draft_need_not_yet if {
	found({"/workflows/0/after/manifest/stop": null, "/workflows/0/after/state/state": "proposed"}) == set()
}

test_a_retired_workflow_passes if found(object.union(by("zoe"), {"/workflows/0/after/state/state": "retired"})) == set()
