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
	some workflow in workflows.standing
	workflow.name in exceeding
	tier := workflow.after.manifest.risk.tier
	demands := demands_of(workflow.after.manifest)
	floor := strictest({asked | some [asked, _] in demands})

	# What asks for less than the strictest needs no mention.
	reasons := [reason | some [asked, reason] in demands; asked == floor]
	message := sprintf("Must be %s, since %s (got %s)", [words[floor], concat(", and ", reasons), tier])
}

# What asks for more than its tier: found first, since what asks for it is worked out for few.
exceeding contains workflow.name if {
	some workflow in workflows.standing
	workflow.after.manifest.risk.tier != "high"
	workflow.after.manifest.risk.touches != []
}

exceeding contains workflow.name if {
	some workflow in workflows.standing
	tier := workflow.after.manifest.risk.tier
	tier != "high"
	some action in workflow.after.manifest.actions
	effect := action.effect
	not [tier, effect] in within
}

within contains [tier, effect] if {
	some effect, floor in floors
	some tier in reaching[floor]
}

strictest(floors_asked) := [floor | some floor in ["high", "medium", "low"]; floor in floors_asked][0]

# Everything that asks for a tier: the least that it may be, and why.
demands_of(manifest) := array.concat(
	[["high", sprintf("it touches %s", [concat(", ", manifest.risk.touches)])] | manifest.risk.touches != []],
	[[floor, sprintf("%s has the effect %s", [action.name, action.effect])] |
		some action in manifest.actions
		floor := object.get(floors, action.effect, "high")
	],
)

# An effect that is not listed is taken for the gravest.
floors := {"label": "low", "draft": "low", "send": "medium", "update": "medium"}

# Tiers, other than high, that reach each floor.
reaching := {"low": ["low", "medium"], "medium": ["medium"]}

words := {"low": "at least low", "medium": "at least medium", "high": "high"}
