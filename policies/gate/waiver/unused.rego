# METADATA
# title: A waiver is needed
# description: A waiver in force excuses a finding of the whole repository; one that excuses nothing is taken out.
# scope: package
# custom:
#   solution: Delete the waiver from team/waivers.yaml; it can be granted again when it is needed.
#   severity: warn
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.waiver.unused

import data.countersign.lib.waivers

# What was waived is known once every workflow has been judged.
findings contains {"workflow": null, "field": field, "message": message} if {
	used := input.fleet.waived
	some waiver in waivers.holding
	index := waiver.index
	not index in used
	field := sprintf("waivers[%d]", [index])
	message := sprintf("Must excuse something (%s finds nothing about %s)", [waiver.rule, waiver.workflow])
}
