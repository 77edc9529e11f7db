# METADATA
# title: Duties are held by people who may hold them
# description: >-
#   The owner and the deputy may approve high, every `may` is a set of tiers, nobody who has left keeps a duty, and each
#   kind of record that somebody may sign has a key that still can.
# scope: package
# custom:
#   solution: >-
#     Hand the duty over in team/people.yaml or, for an approver, in the workflow's manifest; the people named here
#     sign the hand-over.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.people.eligible

import data.countersign.lib.people
import data.countersign.lib.roster
import data.countersign.lib.tier
import data.countersign.lib.workflows

findings contains {"workflow": null, "field": field, "message": message} if {
	some role in ["owner", "deputy"]
	id := roster.judged[role]
	tiers := roster.judged.people[id].may
	not "high" in tiers
	field := sprintf("people[%s].may", [id])
	message := sprintf("Must allow the %s to approve high (got %s)", [role, concat(", ", tiers)])
}

findings contains {"workflow": null, "field": field, "message": message} if {
	some id, person in roster.judged.people
	some grade in person.may
	not grade in ["low", "medium", "high"]
	field := sprintf("people[%s].may", [id])
	message := sprintf("Must list only low, medium and high (got %s)", [grade])
}

findings contains {"workflow": null, "field": duty.place, "message": message} if {
	some duty in duties
	roster.judged.people[duty.holder].left == true
	message := sprintf("Must be held by somebody who has not left (got %s)", [duty.holder])
}

# What runs goes on after a departure; the standing duties ask until the workflow is handed over.
findings contains {"workflow": workflow.name, "field": "approver", "message": message, "who": who} if {
	input.mode == "all"
	some workflow in workflows.sound
	workflow.after.state.state == "live"
	approver := workflow.after.manifest.approver
	input.team.people[approver].left == true
	grade := tier.of[workflow.name]
	who := [id | id := people.signatory(approver, grade)]
	message := sprintf("Must be handed over by %s, who has left", [approver])
}

duties contains {"place": place, "holder": holder} if {
	some rota, members in roster.judged.rotas
	some index, holder in members
	place := sprintf("rotas[%s][%d]", [rota, index])
}

duties contains {"place": place, "holder": holder} if {
	some id in roster.staying
	holder := roster.judged.people[id].deputy
	place := sprintf("people[%s].deputy", [id])
}

# A key that has ended, or whose holder has left, stays listed for what it signed.
findings contains {"workflow": null, "field": field, "message": message} if {
	some kind, keys in roster.judged.signers
	keys != []
	able := {key | some key in keys; key in roster.signing}
	able == set()
	field := sprintf("signers[%s]", [kind])
	message := sprintf("Must list a key that has not ended, of somebody who has not left (got %s)", [concat(", ", keys)])
}

duties contains {"place": place, "holder": holder} if {
	some name, task in roster.judged.tasks
	holder := task.owner
	place := sprintf("tasks[%s].owner", [name])
}
