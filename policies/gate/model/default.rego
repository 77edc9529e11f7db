# METADATA
# title: A model for everything else
# description: One of the models has the use `default`, which serves what no other use claims.
# scope: package
# custom:
#   solution: Add a model with `use` default, or give that name to the use that takes all other cases.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.model["default"]

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "models", "message": message} if {
	some workflow in workflows.standing
	uses := [model.use | some model in workflow.after.manifest.models]
	not "default" in uses
	message := sprintf("Must have a model with the use default, for what no other claims (got %s)", [concat(", ", uses)])
}
