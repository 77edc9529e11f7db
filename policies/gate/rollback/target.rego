# METADATA
# title: A way back exists
# description: A workflow says how to return, and returns to a previous version only when one has run.
# scope: package
# custom:
#   solution: >-
#     Write `rollback` in workflow.yaml; a first version goes `to: manual`, later ones may go `to: previous`.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.rollback.target

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "rollback", "message": message} if {
	some workflow in workflows.standing
	workflow.after.manifest.rollback == null
	message := "Must say how to return: `rollback` with `to`, `within` and `drill` (got none)"
}

findings contains {"workflow": workflow.name, "field": "rollback.to", "message": message} if {
	some workflow in workflows.standing
	workflow.after.manifest.rollback.to == "previous"
	nothing_ran(workflow)
	message := "Must return to `manual` while no earlier version has run (got previous)"
}

nothing_ran(workflow) if {
	workflow.recorded == []
	not workflow.history.was_live
	idle(earlier(workflow))
}

# Unchanged workflows come without their earlier side: it is the same.
earlier(workflow) := workflow.after if {
	workflow.status == "unchanged"
} else := workflow.before

idle(side) if side == null

idle(side) if side.state.state == "proposed"
