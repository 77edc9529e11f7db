package countersign.gate.people.schema_test

import data.countersign.gate.people.schema
import data.countersign.testing

test_a_readable_team_passes if found([]) == set()

test_a_problem_is_told_at_its_field if {
	found([{"file": "team/people.yaml", "field": "people.ana.forge", "message": "Must be a number", "line": 6}]) == {[
		null, "team/people.yaml", 6, "people.ana.forge",
		"Must be a number",
	]}
}

test_without_a_field_it_is_told_at_the_file if {
	found([{"file": "team/tasks.yaml", "field": "", "message": "Must be YAML", "line": 0}]) == {[
		null, "team/tasks.yaml", 0, "",
		"Must be YAML",
	]}
}

test_every_problem_is_told if {
	one := {"file": "team/people.yaml", "field": "owner", "message": "Must be a name", "line": 1}
	count(found([one, object.union(one, {"field": "deputy"})])) == 2
}

test_waivers_are_left_to_another_rule if {
	found([{"file": "team/waivers.yaml", "field": "", "message": "Must be YAML", "line": 0}]) == set()
}

found(problems) := {[hit.workflow, hit.file, hit.line, hit.field, hit.message] | some hit in hits} if {
	hits := schema.findings with input as testing.given({"/team_after/problems": problems})
}
