# METADATA
# title: Somebody can stop it
# description: Who may stop a workflow is a person or a rota of the team, with at least one member who is here; a live workflow names one.
# scope: package
# custom:
#   solution: Name a rota or a person of team/people.yaml under `stop.by`, and keep at least one active member in it.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.stop.by

import data.countersign.lib.roster
import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "stop.by", "message": "Must name who may stop it (got none)"} if {
	some workflow in workflows.standing
	workflow.after.manifest.stop == null
	workflow.after.state.state == "live"
}

findings contains {"workflow": workflow.name, "field": "stop.by", "message": message} if {
	some workflow in workflows.standing
	by := workflow.after.manifest.stop.by
	not by in reachable
	not roster.stranger(by) # whom nobody knows, people.known names
	message := sprintf("Must be a person or a rota with somebody who is here (got %s)", [by])
}

# The people who are here, and the rotas that have one of them.
reachable contains id if {
	some team in [input.team, input.team_after]
	some id in here(team)
}

reachable contains rota if {
	some team in [input.team, input.team_after]
	some rota, members in team.rotas
	{id | some id in members} & here(team) != set()
}

here(team) := {id |
	some id, person in team.people
	person.left == false
	person.away == false
}
