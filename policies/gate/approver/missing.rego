# METADATA
# title: An approver is named
# description: Every workflow names the one person who countersigns its changes.
# scope: package
# custom:
#   solution: Name one person of team/people.yaml as `approver`.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.approver.missing

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "approver", "message": "Must name an approver (got none)"} if {
	some workflow in workflows.standing
	workflow.after.manifest.approver == null
}
