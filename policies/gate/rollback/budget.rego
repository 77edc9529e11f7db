# METADATA
# title: The drill fits the promise
# description: The drill can be read, and the budgets of its phases together fit `rollback.within`.
# scope: package
# custom:
#   solution: Shorten the phases in the drill file, or promise a longer `rollback.within`.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.rollback.budget

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "rollback.drill", "message": message} if {
	some workflow in workflows.standing
	file := workflow.after.manifest.rollback.drill
	workflow.after.drill == null
	message := sprintf("Must name a drill file that can be read (%s cannot)", [file])
}

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.standing
	rollback := workflow.after.manifest.rollback
	budget := workflow.after.drill.budget
	budget > rollback.within
	field := sprintf("files[%s].phases", [rollback.drill])
	message := sprintf("Must fit `rollback.within` of %d s: phases of %s (got %d s together)", [rollback.within, rollback.drill, budget])
}
