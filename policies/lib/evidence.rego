# METADATA
# title: Evidence
# description: What drills prove about each workflow, worked out once per workflow and keyed by its name.
package countersign.lib.evidence

import data.countersign.lib.change
import data.countersign.lib.tier

# How many days a passed drill stays good, by tier.
limit_days := {"low": 365, "medium": 90, "high": 30}

# The live workflows whose evidence is judged: those a change alters, or every one when the whole repository is judged.
required contains workflow.name if {
	some workflow in change.standing
	workflow.after.state.state == "live"
	concerned(workflow)
}

# The drills that count for the after side, newest first.
relevant[workflow.name] := drills if {
	some workflow in change.sound
	workflow.after != null
	drills := about(tier.of[workflow.name], workflow.after, workflow.drills)
}

# The newest passed drill, on whatever target.
passed[name] := newest if {
	some name, drills in relevant
	newest := [drill | some drill in drills; drill.outcome == "passed"][0]
}

# The name of what a drill must have rehearsed, as people read it.
subject := {"low": "rollback digest", "medium": "rollback digest", "high": "version"}

# Is the evidence of an earlier version, as a change record keeps it, still good for this tier?
version_in_date(grade, recorded) if {
	drills := about(grade, recorded, recorded.drills)
	drills[0].outcome == "passed"
	some drill in drills
	in_date(grade, drill)
	proves(grade, drill)
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
about("high", side, drills) := [drill |
	some drill in drills
	drill.version == side.version
	drill.local in accepted
	drill.age_days >= -1
]

about(grade, side, drills) := found if {
	grade in {"low", "medium"}
	found := [drill |
		some drill in drills
		drill.rollback_digest == side.rollback_digest
		drill.local in accepted
		drill.age_days >= -1
	]
}

concerned(_) if input.mode == "all"

concerned(workflow) if change.kind[workflow.name] != "none"
