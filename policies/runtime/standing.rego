# METADATA
# title: Standing
# description: Which version of the workflow that is asked about may run now, and what stands against it.
package countersign.runtime.standing

import data.countersign.lib.proof
import data.countersign.runtime.clock
import data.countersign.runtime.seal

declared := data.catalog.workflows[input.workflow]

# The version that should run: the declared one, or the one target of the rollbacks in force.
right := declared.version if {
	not rolled_back
} else := target if {
	settings(target)
}

# What is asked for, where it may run: the right version, or for a while the one before it.
running := settings(input.version) if {
	input.version == right
} else := settings(input.version) if {
	in_rollover
}

# What a version runs with.
settings(version) := declared if {
	version == declared.version
} else := declared.returnable[version]

# What was begun with the version before may still end: not where something went wrong with it.
in_rollover if {
	input.version == declared.previous.version
	clock.now < clock.read(declared.previous.until)
	not rolled_back
	halting == set()
}

rollbacks[id] := entry if some id, entry in data.control.rollbacks[input.workflow]

rolled_back if some _ in rollbacks

targets contains aim(id, entry) if some id, entry in rollbacks

target := wanted if {
	count(targets) == 1
	some wanted in targets
}

# A way back that is not what was signed leaves nothing to run.
aim(id, entry) := entry.to if {
	seal.holds(id, ["rollback", input.workflow, "all", entry.version, entry.to])
} else := ""

# Every stop of this workflow, whatever the action: the ones at this point, and those that are merged.
halting contains {"action": action, "version": named(action, id, stop)} if {
	some action, stops in data.control.stops[input.workflow]
	some id, stop in stops
}

halting contains {"action": stop.action, "version": stop.version} if some stop in declared.stopped

# A stop of everything.
all_stopped if some _ in data.control.stops._control.all

# A stop that is not what was signed stops every version.
named(action, id, stop) := stop.version if {
	seal.holds(id, ["stop", input.workflow, action, stop.version, ""])
} else := "*"

stopped if all_stopped

stopped if {
	not rolled_back
	some stop in halting
	stop.action in {"all", input.action}
}

# A version that one may go back to: known, named by no stop, and still proved where it is not the one that merged.
usable(wanted) if {
	settings(wanted)
	not stop_names(wanted)
	not unproved(wanted)
}

stop_names(wanted) if {
	some stop in halting
	stop.version in {wanted, "*"}
}

unproved(wanted) if {
	earlier := declared.returnable[wanted]
	not proved(wanted, earlier)
}

proved(wanted, earlier) if {
	earlier.stopped == false
	proof.version_in_date(declared.tier, {
		"version": wanted,
		"rollback_digest": earlier.rollback_digest,
		"drills": [aged(drill) | some drill in earlier.drills],
	})
}

aged(drill) := object.union(drill, {"local": false, "age_days": clock.age_days(drill.at)})
