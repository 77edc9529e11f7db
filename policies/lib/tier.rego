# METADATA
# title: Tiers
# description: How much a change to each workflow needs, which is what the stricter of its two sides says.
package countersign.lib.tier

import data.countersign.lib.workflows

rank := {"low": 0, "medium": 1, "high": 2}

names := ["low", "medium", "high"]

# The stricter tier of before and after, by workflow.
of[workflow.name] := names[strictest(ranks)] if {
	some workflow in workflows.sound
	ranks := [rank_of(side.manifest.risk.tier) |
		some side in [workflow.before, workflow.after]
	]
}

strictest([]) := 2

strictest(ranks) := max(ranks) if ranks != []

# A tier that nobody knows needs the most, and is below every floor.
rank_of(tier) := object.get(rank, tier, 2)

below(tier, floor) if object.get(rank, tier, -1) < rank[floor]
