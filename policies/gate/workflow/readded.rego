# METADATA
# title: A name is used once
# description: A workflow that was removed does not come back under its old name.
# scope: package
# custom:
#   solution: Give the new workflow a name of its own; to bring the old one back, have the owner merge a waiver first.
#   severity: deny
#   waivable: true
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.workflow.readded

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "workflow", "message": message} if {
	some workflow in workflows.sound
	workflow.status == "added"
	workflow.history.removed_before == true
	message := sprintf("Must have a name that no earlier workflow had (got %s)", [workflow.name])
}
