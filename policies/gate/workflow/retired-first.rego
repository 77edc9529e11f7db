# METADATA
# title: Retired before it is deleted
# description: A workflow that ever ran is retired, in a change of its own, before its folder is deleted or renamed.
# scope: package
# custom:
#   solution: Set `state` to retired with a reason in state.yaml and merge that; delete the folder in a later change.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.workflow["retired-first"]

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "state.state", "message": message} if {
	some workflow in workflows.sound
	workflow.status == "deleted"
	not retired(workflow)
	ran(workflow)
	message := sprintf("Must be retired before %s is deleted or renamed, since it ran", [workflow.name])
}

retired(workflow) if workflow.before.state.state == "retired"

ran(workflow) if workflow.history.was_live == true

ran(workflow) if workflow.before.state.state in {"live", "paused"}
