# METADATA
# title: High risk is rehearsed outside the sandbox
# description: A high workflow that is or goes live has a passed drill in date on a target other than the sandbox.
# scope: package
# custom:
#   solution: >-
#     Declare a real drill target in team/ and drill there, or ask the owner for a waiver of this rule; reports then
#     say *sandbox only*.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.rollback["sandbox-only"]

import data.countersign.lib.evidence
import data.countersign.lib.proof
import data.countersign.lib.tier

findings contains {"workflow": name, "field": "rollback.drill", "message": message} if {
	some name in evidence.required
	tier.of[name] == "high"
	recent := [drill | some drill in evidence.relevant[name]; proof.in_date("high", drill)]
	recent != []
	every drill in recent { drill.target == "sandbox" }
	message := "Must have a passed drill on a target other than the sandbox (got sandbox only)"
}
