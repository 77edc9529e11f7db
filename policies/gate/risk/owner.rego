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
import data.countersign.lib.tier

findings contains {"workflow": workflow.name, "field": place, "message": message, "who": [signer]} if {
	some workflow in consent.affected
	workflow.name in consent.owner_asked
	signer := consent.owner_signs[workflow.name]
	not approved(workflow, signer)
	place := place_of(workflow)
	message := sprintf("Must be approved by %s, since %s (countersigned digest %s)", [
		named(signer),
		why(workflow),
		workflow.countersigned,
	])
}

approved(workflow, signer) if {
	people.has_approved(workflow.approvals, signer, tier.of[workflow.name], workflow.countersigned)
}

why(workflow) := "it goes without having been retired" if workflow.after == null

why(workflow) := "it is new or its powers change" if workflow.after != null

named(signer) := signer if signer == input.team.owner

named(signer) := sprintf("%s for the owner", [signer]) if signer != input.team.owner

place_of(workflow) := "workflow" if {
	workflow.status == "added"
} else := "workflow" if {
	workflow.after == null
} else := min({step.path | some step in workflow.delta; step.field in consent.power_fields})
