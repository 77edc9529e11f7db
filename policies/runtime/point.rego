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

default stops := {}

stops := data.control.stops

default rollbacks := {}

rollbacks := data.control.rollbacks
