# METADATA
# title: The rehearsal is due
# description: >-
#   The newest passed drill of what runs has used up three quarters of the 365 days (low), 90 (medium) or 30 (high) for
#   which it counts; for high, the newest outside the sandbox as long as one is in date.
# scope: package
# custom:
#   solution: Let the scheduled pipeline drill it before it is stale; `countersign due` lists all that are.
#   severity: warn
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.rollback.due

import data.countersign.lib.evidence
import data.countersign.lib.proof
import data.countersign.lib.tier

findings contains {"workflow": name, "field": "rollback.drill", "message": message} if {
	some name in evidence.required
	limit := proof.limit_days[tier.of[name]]
	age := newest(name).age_days
	age * 4 > limit * 3
	age <= limit
	message := sprintf("Must be drilled again within %d d (the newest passed drill is %d d old)", [limit - age, age])
}

# As long as one elsewhere is in date, a drill in the sandbox gives high no more time: it is the other that ends.
newest(name) := counted if {
	grade := tier.of[name]
	counted := [drill | some drill in evidence.relevant[name]; proof.in_date(grade, drill); proof.proves(grade, drill)][0]
} else := evidence.passed[name]
