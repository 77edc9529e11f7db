# METADATA
# title: The team can be read
# description: Every file of team/ can be read, and fits its schema; while one does not, nothing else about the team is judged.
# scope: package
# custom:
#   solution: Correct the field named here in team/people.yaml or team/tasks.yaml.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.people.schema

# Whoever read the file knows the line.
findings contains object.union(problem, {"workflow": null}) if {
	some problem in input.team_after.problems
	problem.file != "team/waivers.yaml"
}
