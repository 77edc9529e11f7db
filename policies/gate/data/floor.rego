# METADATA
# title: No write access at low
# description: Write access to data makes the tier at least medium.
# scope: package
# custom:
#   solution: Raise `risk.tier` to medium, or take the write access away.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.data.floor

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.standing
	tier := workflow.after.manifest.risk.tier
	tier != "high"
	tier != "medium"
	some source in workflow.after.manifest.data
	source.access != "read"
	field := sprintf("data[%s].access", [source.name])
	message := sprintf("Must be in a workflow of at least medium tier (got %s in a %s one)", [source.access, tier])
}
