# METADATA
# title: Countersigned by somebody else
# description: A widening change is approved at exactly this version, at medium by any eligible person, at high by the named approver; narrowing needs one responsible person.
# scope: package
# custom:
#   solution: Ask the people named here to approve this content; an earlier approval does not count once it has changed.
#   severity: wait
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.approver.countersign

import data.countersign.lib.change
import data.countersign.lib.consent
import data.countersign.lib.orders
import data.countersign.lib.people
import data.countersign.lib.tier

findings contains {"workflow": workflow.name, "field": "approver", "message": message, "who": [signer]} if {
	some workflow in consent.widening
	tier.of[workflow.name] == "high"
	signer := consent.countersigner[workflow.name]
	given := signed[workflow.name]
	not signer in given
	message := sprintf("Must be countersigned by %s (countersigned digest %s)", [signer, workflow.countersigned])
}

findings contains {"workflow": workflow.name, "field": "approver", "message": message, "who": [signer]} if {
	some workflow in consent.widening
	tier.of[workflow.name] == "high"
	signer := consent.countersigner[workflow.name]
	signer in signed[workflow.name]
	approvals := workflow.approvals
	digest := workflow.countersigned
	not people.has_approved(approvals, signer, "high", digest)
	message := sprintf("Must be named by %s, who approved it, in a note: countersigned %s %s", [signer, workflow.name, digest])
}

findings contains {"workflow": workflow.name, "field": "approver", "message": message, "who": who} if {
	some workflow in consent.widening
	tier.of[workflow.name] == "medium"
	consent.medium_signers != set()
	signed[workflow.name] & consent.medium_signers == set()
	who := sort(consent.medium_signers)
	message := sprintf("Must be countersigned by %s (countersigned digest %s)", [people.any_of(who), workflow.countersigned])
}

findings contains {"workflow": workflow.name, "field": "stop.by", "message": message, "who": who} if {
	some workflow in change.changed
	name := workflow.name
	ordered := orders.given
	not name in ordered
	responsible := consent.narrowers[workflow.name]
	responsible & (people.consenting | signed[workflow.name]) == set()
	who := sort(responsible)
	message := sprintf("Must be written or approved by %s: on call, approver or owner", [people.any_of(who)])
}

# Who approved exactly what would merge.
signed[workflow.name] := {approval.person |
	some approval in workflow.approvals
	approval.digest == workflow.countersigned
} if {
	some workflow in change.changed
}
