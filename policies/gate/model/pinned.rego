# METADATA
# title: Models at a dated version
# description: Above low, each model is named at a dated version, never by an alias that moves.
# scope: package
# custom:
#   solution: Use the dated name that the provider publishes, such as provider/model-2026-03-01.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.model.pinned

import data.countersign.lib.tier
import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	moving != set()
	some workflow in above_low
	some model in workflow.after.manifest.models
	model.id in moving
	field := sprintf("models[%s].id", [model.use])
	message := sprintf("Must be a dated version, not an alias (got %s)", [model.id])
}

above_low := [workflow | some workflow in workflows.standing; tier.of[workflow.name] != "low"]

# The few models that many workflows share are looked at once each.
moving := {id |
	some id in {model.id | some workflow in above_low; some model in workflow.after.manifest.models}
	not pinned(id)
}

# The date is the model's, not its provider's.
pinned(id) if {
	regex.match(`(^|/)[^/]*20[0-9]{2}-?(0[1-9]|1[0-2])-?(0[1-9]|[12][0-9]|3[01])([^0-9/][^/]*)?$`, id)
	not regex.match(`[0-9]20[0-9]{2}-?[0-9]{2}-?[0-9]{2}([^0-9/][^/]*)?$`, id)
	not alias(id)
}

alias(id) if regex.match(`(?i)(^|[^a-z])(auto|current|default|latest|newest|preview|stable)([^a-z]|$)`, id)
