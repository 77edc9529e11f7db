package countersign.gate.waiver.malformed_test

import data.countersign.gate.waiver.malformed
import data.countersign.testing

waiver := {
	"rule": "rollback.stale",
	"workflow": "billing-replies",
	"owner": "ana",
	"reason": "The staging target is being built.",
	"days": 60,
	"days_left": 12,
	"index": 0,
	"problems": [],
}

test_no_waiver_passes if found({}, []) == set()

test_a_complete_waiver_passes if found({"/mode": "all"}, [{}]) == set()

test_a_problem_is_told if {
	found({"/mode": "all"}, [{"problems": ["from is not a date"], "days": null, "days_left": null}]) == {[
		"waivers[0]",
		"Must be a complete waiver: from is not a date",
	]}
}

test_dates_that_cannot_be_read_are_refused if {
	unreadable := "Must have dates that can be read, such as 2026-11-01"
	found({"/mode": "all"}, [{"days": null}]) == {["waivers[0].until", unreadable]}
	found({"/mode": "all"}, [{"days_left": null}]) == {["waivers[0].until", unreadable]}
}

test_dates_are_in_order if {
	disorder := {["waivers[0].until", "Must end on or after the day it begins"]}
	found({"/mode": "all"}, [{"days": 0}]) == disorder
	found({"/mode": "all"}, [{"days": -3}]) == disorder
	found({"/mode": "all"}, [{"days": 1, "days_left": 0}]) == set()
}

test_what_the_schema_refuses_is_told_at_its_place if {
	problem := {"file": "team/waivers.yaml", "field": "waivers[0].until", "message": "Must be a date", "line": 7}
	found({"/team_after/problems": [problem]}, []) == {[
		"waivers[0].until",
		"Must be a date",
	]}
}

test_what_cannot_be_read_is_told_at_the_file if {
	problem := {"file": "team/waivers.yaml", "field": "", "message": "Must be YAML", "line": 0}
	found({"/team_after/problems": [problem]}, []) == {["", "Must be YAML"]}
}

test_other_files_are_left_to_another_rule if {
	found({"/team_after/problems": [{"file": "team/tasks.yaml", "field": "", "message": "Must be YAML", "line": 0}]}, []) == set()
}

test_the_owner_is_somebody if {
	found({"/mode": "all"}, [{"owner": "zoe"}]) == {[
		"waivers[0].owner",
		"Must be owned by somebody in `people` of team/people.yaml (got zoe)",
	]}
}

test_the_owner_may_join_with_the_waiver if {
	found({"/team_changed": true, "/team_after/people/zoe": {"left": false}}, [{"owner": "zoe"}]) == set()
}

test_the_place_is_the_one_in_the_list if {
	{hit[0] | some hit in found({"/mode": "all"}, [{}, {"days": 0, "index": 1}])} == {"waivers[1].until"}
}

test_a_change_elsewhere_is_not_stopped if found({}, [{"days": 0}]) == set()

found(changes, waivers) := {[hit.field, hit.message] | some hit in hits; hit.workflow == null} if {
	after := [object.union(waiver, rest) | some rest in waivers]
	hits := malformed.findings with input as testing.given(object.union(changes, {"/team_after/waivers": after}))
}
