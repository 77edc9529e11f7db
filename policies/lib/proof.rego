# METADATA
# title: Proof
# description: What a drill proves, of which content, and for how long.
package countersign.lib.proof

# How many days a passed drill stays good, by tier.
limit_days := {"low": 365, "medium": 90, "high": 30}

# What a drill must have rehearsed to count, by tier.
rehearsed := {"low": "rollback_digest", "medium": "rollback_digest", "high": "version"}

# Is the evidence of an earlier version, as a change record keeps it, still good for this tier?
version_in_date(grade, recorded) if {
	drills := about(grade, recorded, recorded.drills)
	every drill in decisive(grade, drills) {
		drill.outcome == "passed"
	}
	some drill in drills
	in_date(grade, drill)
	proves(grade, drill)
}

# The drills that must have passed: the newest, and the newest of those that prove something for this tier. A later one
# in the sandbox takes back nothing that was found outside of it.
decisive(grade, drills) := array.concat(array.slice(drills, 0, 1), array.slice(proving, 0, 1)) if {
	proving := [drill | some drill in drills; proves(grade, drill)]
}

in_date(grade, drill) if {
	drill.outcome == "passed"
	drill.age_days <= limit_days[grade]
}

# The sandbox is real enough for low and medium, not for high.
proves(grade, _) if grade in {"low", "medium"}

proves("high", drill) if drill.target != "sandbox"

# A clone's own drills count at the desk only.
default accepted := {false}

accepted := {true, false} if input.assurance == "desk"

# The drills of what the tier asks for. A day ahead of the clock is skew; further ahead is no evidence.
about(grade, side, drills) := [drill |
	mark := rehearsed[grade]
	some drill in drills
	drill[mark] == side[mark]
	drill.local in accepted
	drill.age_days >= -1
]
