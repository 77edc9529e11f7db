# METADATA
# title: The lease
# description: Silence means stopped. The keeper says again and again that it knows of every stop; then it may run a while.
package countersign.runtime.lease

import data.countersign.runtime.clock

# A lease that reaches further than any is given is of another clock, and one of a newer bundle than this was not for it.
holds if {
	ends := clock.read(data.control.lease.until)
	clock.now < ends
	ends - clock.now <= data.catalog.lease_seconds * 1000000000
	data.control.lease.seq <= data.catalog.seq
}
