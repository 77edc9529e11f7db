# METADATA
# title: A waiver ends
# description: A waiver is not past its last day; an expired one excuses nothing and is taken out.
# scope: package
# custom:
#   solution: Delete the waiver from team/waivers.yaml, or have the owner grant a new one, with a reason of its own.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.waiver.expired

import data.countersign.lib.waivers

findings contains {"workflow": null, "field": field, "message": message} if {
	some waiver in waivers.sound
	waiver.days_left < 0
	field := sprintf("waivers[%d].until", [waiver.index])
	message := sprintf("Must not be past its last day (got %d d past)", [abs(waiver.days_left)])
}
