package countersign.lib.tier_test

import data.countersign.lib.tier
import data.countersign.testing

of(before, after) := grade if {
	grade := tier.of["billing-replies"] with input as testing.given({
		"/workflows/0/before/manifest/risk/tier": before,
		"/workflows/0/after/manifest/risk/tier": after,
	})
}

test_the_stricter_side_counts if {
	of("low", "low") == "low"
	of("low", "medium") == "medium"
	of("medium", "low") == "medium"
	of("high", "low") == "high"
	of("medium", "high") == "high"
}

# T05
test_an_unknown_tier_counts_as_high if {
	of("grave", "low") == "high"
	of("low", null) == "high"
}

test_one_side_is_enough if {
	every side in ["before", "after"] {
		of_one(side, "medium") == "medium"
		of_one(side, "low") == "low"
	}
}

test_no_side_counts_as_high if {
	tier.of["billing-replies"] == "high" with input as testing.given({
		"/workflows/0/before": null,
		"/workflows/0/after": null,
	})
}

test_what_cannot_be_read_has_none if {
	tier.of == {} with input as testing.given({"/workflows/0/problems": [{"field": ""}]})
}

test_below if {
	tier.below("low", "medium")
	tier.below("medium", "high")
	tier.below("low", "high")
}

test_not_below if {
	not tier.below("low", "low")
	not tier.below("medium", "low")
	not tier.below("high", "high")
}

test_an_unknown_tier_is_below_every_floor if tier.below("grave", "low")

of_one(side, grade) := found if {
	other := {"before": "after", "after": "before"}[side]
	found := tier.of["billing-replies"] with input as testing.given({
		sprintf("/workflows/0/%s", [other]): null,
		sprintf("/workflows/0/%s/manifest/risk/tier", [side]): grade,
	})
}
