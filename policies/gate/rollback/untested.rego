# METADATA
# title: The way back was rehearsed
# description: What is or goes live has a passed drill of its version (high) or of its rollback digest (low, medium).
# scope: package
# custom:
#   solution: Let the pipeline drill the workflow, and judge again.
#   severity: wait
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.rollback.untested

import data.countersign.lib.evidence
import data.countersign.lib.proof
import data.countersign.lib.tier

findings contains {"workflow": name, "field": "rollback.drill", "message": message, "who": []} if {
	some name in evidence.required
	not evidence.passed[name]
	subject := words[proof.rehearsed[tier.of[name]]]
	message := sprintf("Must have a passed drill of this %s (got none)", [subject])
}

words := {"rollback_digest": "rollback digest", "version": "version"}
