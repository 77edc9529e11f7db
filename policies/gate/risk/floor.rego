# METADATA
# title: No tier below the risk
# description: Touching anybody or anything outside the team, or a pay or change effect, makes the tier high; a send or update effect at least medium.
# scope: package
# custom:
#   solution: Raise `risk.tier`; if the workflow does not do this after all, correct `risk.touches` or the action's effect.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.risk.floor

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "risk.tier", "message": message} if {
	some workflow in not_high
	risk := workflow.after.manifest.risk
	risk.touches != []
	message := sprintf("Must be high, since it touches %s (got %s)", [concat(", ", risk.touches), risk.tier])
}

findings contains {"workflow": workflow.name, "field": "risk.tier", "message": message} if {
	some workflow in not_high
	got := workflow.after.manifest.risk.tier
	some action in workflow.after.manifest.actions
	floor := object.get(floors, action.effect, "high")
	not [got, floor] in reached
	message := sprintf("Must be at least %s, since %s has the effect %s (got %s)", [floor, action.name, action.effect, got])
}

not_high := [workflow |
	some workflow in workflows.standing
	workflow.after.manifest.risk.tier != "high"
]

# An effect that is not listed is taken for the gravest.
floors := {"label": "low", "draft": "low", "send": "medium", "update": "medium"}

# Tiers, other than high, with each floor that they reach.
reached := {["low", "low"], ["medium", "low"], ["medium", "medium"]}
