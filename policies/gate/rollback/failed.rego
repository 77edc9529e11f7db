# METADATA
# title: The last rehearsal passed
# description: >-
#   The newest drill of what is or goes live ended `passed`, and for high also the newest outside the sandbox; every other
#   outcome is a failure.
# scope: package
# custom:
#   solution: Read the drill's record, mend what it found, and let the pipeline drill it again until it passes.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.rollback.failed

import data.countersign.lib.evidence
import data.countersign.lib.proof
import data.countersign.lib.tier

findings contains {"workflow": name, "field": "rollback.drill", "message": message} if {
	some name in evidence.required
	some newest in proof.decisive(tier.of[name], evidence.relevant[name])
	newest.outcome != "passed"
	message := sprintf("Must have passed its newest drill (got %s, %d d ago)", [newest.outcome, newest.age_days])
}
