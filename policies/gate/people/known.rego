# METADATA
# title: Everybody named exists
# description: Every person, rota, key and task that the team's files or a manifest name is declared in team/.
# scope: package
# custom:
#   solution: Correct the spelling, or declare the person, rota, key or task in team/people.yaml or team/tasks.yaml.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.people.known

import data.countersign.lib.roster
import data.countersign.lib.workflows

findings contains {"workflow": null, "field": place, "message": message} if {
	some place, id in mentions
	not roster.judged.people[id]
	message := sprintf("Must name somebody in `people` of team/people.yaml (got %s)", [id])
}

findings contains {"workflow": null, "field": field, "message": message} if {
	some kind, keys in roster.judged.signers
	some key in keys
	not roster.key_holders[key]
	field := sprintf("signers[%s]", [kind])
	message := sprintf("Must name a key that somebody in `people` holds (got %s)", [key])
}

findings contains {"workflow": workflow.name, "field": "reviewers", "message": message} if {
	roster.readable
	some workflow in workflows.standing
	id := workflow.after.manifest.reviewers
	id != null
	not id in roster.named
	message := sprintf("Must name a rota or a person of team/people.yaml (got %s)", [id])
}

findings contains {"workflow": workflow.name, "field": "stop.by", "message": message} if {
	roster.readable
	some workflow in workflows.standing
	id := workflow.after.manifest.stop.by
	id != null
	not id in roster.named
	message := sprintf("Must name a rota or a person of team/people.yaml (got %s)", [id])
}

findings contains {"workflow": workflow.name, "field": "task", "message": message} if {
	some workflow in workflows.standing
	task := workflow.after.manifest.task
	roster.readable
	not input.team_after.tasks[task]
	message := sprintf("Must name a task of team/tasks.yaml (got %s)", [task])
}

# Where the team's own files name a person: the place, and who.
mentions[place] := deputy if {
	some id, person in roster.judged.people
	deputy := person.deputy
	deputy != null
	place := sprintf("people[%s].deputy", [id])
}

mentions[place] := member if {
	some rota, members in roster.judged.rotas
	some index, member in members
	place := sprintf("rotas[%s][%d]", [rota, index])
}

mentions[place] := holder if {
	some name, task in roster.judged.tasks
	holder := task.owner
	holder != null
	place := sprintf("tasks[%s].owner", [name])
}
