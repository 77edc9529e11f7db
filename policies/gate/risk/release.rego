# METADATA
# title: No looser release than the risk allows
# description: Each action is released at least as strictly as its effect, its workflow's tier and what that touches demand.
# scope: package
# custom:
#   solution: Set the action's `release` to the value asked for, or a stricter one (named is the strictest, then review, sample, automatic).
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.risk.release

import data.countersign.lib.tier
import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.standing
	loosest := loosest_of(workflow)
	some action in workflow.after.manifest.actions
	release := action.release
	release != "named"
	allowed := object.get(loosest, action.effect, ["named"])
	not release in allowed
	field := sprintf("actions[%s].release", [action.name])
	message := sprintf("Must be %s for the action %s (got %s)", [concat(" or ", allowed), action.name, release])
}

loosest_of(workflow) := {} if {
	some touched in workflow.after.manifest.risk.touches
	touched in {"money", "legal", "security", "production"}
} else := by_tier[tier.of[workflow.name]]

# What each effect may be released by; effects that are not listed need a named approval each time.
by_tier := {
	"high": {"label": reviewed, "draft": reviewed},
	"medium": {"label": reviewed, "draft": reviewed, "send": reviewed, "update": reviewed},
	"low": {"label": free, "draft": free, "send": free, "update": free},
}

reviewed := ["named", "review"]

free := ["named", "review", "sample", "automatic"]
