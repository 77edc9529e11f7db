# METADATA
# title: Each model has a reason
# description: Each model says in a sentence why it was chosen, in at least 20 characters.
# scope: package
# custom:
#   solution: Write into `why` what was compared and what decided it.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.model.reason

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.standing
	some model in workflow.after.manifest.models
	why := trim_space(model.why)

	# Not `count`: the engines count some characters differently.
	not regex.match(`^.{20}`, why)
	field := sprintf("models[%s].why", [model.use])
	message := sprintf("Must say in at least 20 characters why this model (got %s)", [why])
}
