# METADATA
# title: Waivers merge first
# description: A change that adds or edits a waiver leaves the workflow that it excuses alone.
# scope: package
# custom:
#   solution: Merge the waiver in a change of its own, then bring the workflow's change.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.waiver.self

import data.countersign.lib.waivers

findings contains {"workflow": null, "field": field, "message": message} if {
	input.team_changed
	some waiver in waivers.judged
	some workflow in input.workflows
	workflow.name == waiver.workflow
	workflow.status != "unchanged"
	field := sprintf("waivers[%d].workflow", [waiver.index])
	message := sprintf("Must merge before the change that it excuses (got both for %s)", [workflow.name])
}
