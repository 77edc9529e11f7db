# METADATA
# title: The drill fits the promise
# description: The drill can be read, and the budgets of its phases together fit `rollback.within`.
# scope: package
# custom:
#   solution: Shorten the phases in the drill file, or promise a longer `rollback.within`.
#   severity: deny
#   waivable: true
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.rollback.budget

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "rollback.drill", "message": message} if {
	some workflow in workflows.standing
	workflow.after.manifest.rollback != null
	workflow.after.drill == null
	message := "Must name a drill file that can be read (got none)"
}

findings contains {"workflow": workflow.name, "field": "rollback.within", "message": message} if {
	some workflow in workflows.standing
	within := workflow.after.manifest.rollback.within
	budget := workflow.after.drill.budget
	budget > within
	message := sprintf("Must allow for the drill's phases: %d s together (got %d s)", [budget, within])
}
