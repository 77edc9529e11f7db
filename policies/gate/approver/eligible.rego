# METADATA
# title: The approver may approve this tier
# description: The approver is in the team, has not left, may approve the workflow's tier, and has somebody to stand in while away.
# scope: package
# custom:
#   solution: Name an approver whose `may` in team/people.yaml lists the tier; team/ is changed first, in a change of its own.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.approver.eligible

import data.countersign.lib.people
import data.countersign.lib.tier
import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "approver", "message": message} if {
	some workflow in workflows.standing
	id := workflow.after.manifest.approver
	id != null
	grade := tier.of[workflow.name]
	not [id, grade] in fit
	message := sprintf("Must name an approver who %s (got %s)", [lacks(id, grade), id])
}

# Everybody who can hold the duty, with each tier they may hold it for.
fit contains [id, grade] if {
	some id, person in input.team.people
	person.left == false
	some grade in person.may
	people.stand_in(id, grade)
}

lacks(id, grade) := sprintf("may approve %s", [grade]) if {
	input.team.people[id].left == false
	not may(id, grade)
} else := "has somebody to stand in while away" if {
	input.team.people[id].left == false
} else := "has not left the team" if {
	input.team.people[id]
} else := "is in team/people.yaml"

may(id, grade) if grade in input.team.people[id].may
