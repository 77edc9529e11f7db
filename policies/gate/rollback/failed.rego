# METADATA
# title: The last rehearsal passed
# description: The newest drill of what is or goes live ended `passed`; every other outcome is a failure.
# scope: package
# custom:
#   solution: Read the drill's record, mend what it found, and let the pipeline drill it again until it passes.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.rollback.failed

import data.countersign.lib.evidence

findings contains {"workflow": name, "field": "rollback.drill", "message": message} if {
	some name in evidence.required
	newest := evidence.relevant[name][0]
	newest.outcome != "passed"
	message := sprintf("Must have passed its newest drill (got %s, %d d ago)", [newest.outcome, newest.age_days])
}
