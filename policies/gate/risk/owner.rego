# METADATA
# title: The owner approves new powers
# description: A new workflow, and a change of tier, touches, tools, data, effects or release, is approved by the owner as well.
# scope: package
# custom:
#   solution: Ask the owner, or whoever signs for the owner, to approve this version.
#   severity: wait
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.risk.owner

import data.countersign.lib.consent
import data.countersign.lib.people

findings contains {"workflow": workflow.name, "field": place(workflow), "message": message, "who": [signer]} if {
	some workflow in consent.widening
	workflow.name in consent.owner_asked
	signer := consent.owner_signs[workflow.name]
	not approved(workflow, signer)
	message := sprintf("Must be approved by %s for the owner, since it is new or its powers change", [signer])
}

approved(workflow, signer) if people.has_approved(workflow.approvals, signer, workflow.after.countersigned)

place(workflow) := "workflow" if {
	workflow.status == "added"
} else := min({step.path | some step in workflow.delta; step.field in consent.power_fields})
