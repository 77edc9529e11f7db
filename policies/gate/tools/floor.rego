# METADATA
# title: No such tools at low
# description: A tool that writes or reaches outside makes the tier at least medium.
# scope: package
# custom:
#   solution: Raise `risk.tier` to medium, or take the tool away.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.tools.floor

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.standing
	tier := workflow.after.manifest.risk.tier
	tier != "high"
	tier != "medium"
	some tool in workflow.after.manifest.tools
	tool.effect != "read"
	field := sprintf("tools[%s].effect", [tool.name])
	message := sprintf("Must be in a workflow of at least medium tier (got %s in a %s one)", [tool.effect, tier])
}
