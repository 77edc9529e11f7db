# METADATA
# title: A hand-over takes two
# description: When a workflow's approver changes, the old one and the new one both consent; having written the change is consent.
# scope: package
# custom:
#   solution: Ask the people named here to approve this version; for somebody who is away or has left, the deputy or the owner signs.
#   severity: wait
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.approver.handover

import data.countersign.lib.consent
import data.countersign.lib.people
import data.countersign.lib.tier

findings contains {"workflow": workflow.name, "field": "approver", "message": message, "who": who} if {
	some workflow in consent.widening
	some role, id in consent.handing_over[workflow.name]
	grade := tier.of[workflow.name]
	not agreed(workflow, id, grade)
	who := [person | person := people.stand_in(id, grade)]
	message := sprintf("Must have the consent of the %s approver, %s%s", [role, id, instead(id, who)])
}

agreed(workflow, id, grade) if people.consents(id, grade, workflow.approvals, workflow.countersigned)

instead(id, who) := "" if who == [id]

instead(id, who) := sprintf(" (%s signs instead)", [concat(", ", who)]) if {
	who != [id]
	who != []
}

instead(_, []) := " (nobody is left to sign instead)"
