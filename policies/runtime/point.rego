# METADATA
# title: What a point holds
# description: What the keeper and on-call read back from one enforcement point, with the point's own clock.
package countersign.point

import data.countersign.runtime.clock
import data.countersign.runtime.lease

now := time.format([clock.now, "UTC", "2006-01-02T15:04:05.000Z07:00"])

default revision := null

revision := data.catalog.revision

default seq := null

seq := data.catalog.seq

# Whether anything may run here by the lease.
default open := false

open := lease.holds

# So long a lease may be here.
default lease_seconds := 0

lease_seconds := data.catalog.lease_seconds

default leased := null

leased := data.control.lease

# The points that the bundle lists, so that nobody who stops works from an old list.
default points := {}

points := data.catalog.points

# By being there they hold, whatever is written there: of that only what is meant to be, and no more than a record takes.
stops[workflow][action][id] := plain(said) if {
	some workflow, actions in data.control.stops
	some action, found in actions
	some id, said in found
}

rollbacks[workflow][id] := plain(said) if {
	some workflow, found in data.control.rollbacks
	some id, said in found
}

plain(said) := object.union(texts(said), crossed(said))

texts(said) := {key: substring(value, 0, 4096) |
	some key in ["version", "to", "at", "reason", "by", "request"]
	value := said[key]
	is_string(value)
}

crossed(said) := {"trigger": {key: short(value) |
	some key in ["metric", "above", "over", "value"]
	value := said.trigger[key]
	not is_object(value)
	not is_array(value)
}} if {
	said.trigger
} else := {}

short(value) := substring(value, 0, 4096) if is_string(value)

short(value) := value if not is_string(value)
