# METADATA
# title: Tiers
# description: How much a change to each workflow needs, which is what the stricter of its two sides says.
package countersign.lib.tier

import data.countersign.lib.workflows

rank := {"low": 0, "medium": 1, "high": 2}

# The stricter tier of before and after, by workflow. A tier that nobody knows needs the most, as does none at all.
of[workflow.name] := object.get(stricter, tiers, "high") if {
	some workflow in workflows.sound
	tiers := {side.manifest.risk.tier | some side in [workflow.before, workflow.after]}
}

stricter := {{"low"}: "low", {"medium"}: "medium", {"low", "medium"}: "medium"}

# A tier that nobody knows is below every floor.
below(tier, floor) if object.get(rank, tier, -1) < rank[floor]
