# METADATA
# title: A waiver is short
# description: A waiver lasts at most 90 days, first and last day included.
# scope: package
# custom:
#   solution: Bring `until` nearer to `from`, and use the time to mend what is waived.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.waiver["too-long"]

import data.countersign.lib.waivers

findings contains {"workflow": null, "field": field, "message": message} if {
	some waiver in waivers.sound
	waiver.days > waivers.max_days
	field := sprintf("waivers[%d].until", [waiver.index])
	message := sprintf("Must last at most %d d (got %d d)", [waivers.max_days, waiver.days])
}
