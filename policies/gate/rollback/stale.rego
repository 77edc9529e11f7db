# METADATA
# title: The rehearsal is recent
# description: >-
#   The newest passed drill of what is or goes live is at most 365 days old (low), 90 (medium) or 30 (high).
# scope: package
# custom:
#   solution: Let the pipeline drill the workflow again, and judge again.
#   severity: wait
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.rollback.stale

import data.countersign.lib.evidence
import data.countersign.lib.proof
import data.countersign.lib.tier

findings contains {"workflow": name, "field": "rollback.drill", "message": message, "who": []} if {
	some name in evidence.required
	limit := proof.limit_days[tier.of[name]]
	age := evidence.passed[name].age_days
	age > limit
	message := sprintf("Must have a passed drill of at most %d d ago (the newest is %d d old)", [limit, age])
}
