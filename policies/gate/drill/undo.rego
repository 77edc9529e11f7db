# METADATA
# title: The drill takes back what it does
# description: The undo list of each scenario names everything that its steps must have taken back.
# scope: package
# custom:
#   solution: Add it to the scenario's undo list, in the order in which it is to be done.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-12-15
package countersign.gate.drill.undo

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.standing
	some index, scenario in workflow.after.drill.scenarios
	some undo in needs[scenario.scenario]
	listed := scenario.undo
	not undo in listed
	file := workflow.after.manifest.rollback.drill
	field := sprintf("files[%s].scenarios[%d].undo", [file, index])
	message := sprintf("Must take back what it does: undo of %s in %s (got no %s)", [scenario.scenario, file, undo])
}

# The runner refuses a scenario without them, before it touches anything (drills/scenarios/).
needs := {
	"bad-approval": {"remove-canary", "resume-action", "void-approvals"},
	"fake-refund-request": {"close-request", "remove-canary", "resume-action"},
	"late-fee-answer": {"remove-canary", "resume-action"},
	"provider-down": {"remove-canary", "restore-provider", "resume-action", "return-work"},
	"stop-trigger": {"clear-metric", "remove-canary", "resume-action"},
	"wrong-model": {"remove-canary", "restore-model", "restore-version"},
}
