# METADATA
# title: Not one model for everything
# description: More than three workflows over at least two tasks do not all use one single model.
# scope: package
# custom:
#   solution: Compare two or three models on real samples of each task, and record the choice and the reason under `models`.
#   severity: warn
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.model["one-for-all"]

import data.countersign.lib.workflows

findings contains {"workflow": null, "field": "models", "message": message} if {
	input.mode == "all"
	count(workflows.standing) > 3
	count(tasks) > 1
	count(ids) == 1
	message := sprintf("Must choose models by task (got %s in all %d workflows)", [concat("", ids), count(workflows.standing)])
}

tasks contains workflow.after.manifest.task if some workflow in workflows.standing

ids contains model.id if {
	some workflow in workflows.standing
	some model in workflow.after.manifest.models
}
