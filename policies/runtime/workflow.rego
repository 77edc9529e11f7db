# METADATA
# title: One workflow at a point
# description: What on-call reads before and after acting on a workflow, that is what runs and which versions one may return to.
package countersign.workflow

import data.countersign.runtime.standing

default state := null

state := standing.declared.state

default version := null

version := standing.right

# Newest first.
back := [earlier |
	some earlier in array.concat([standing.declared.version], standing.declared.earlier)
	earlier != version
	standing.usable(earlier)
]

default fallback := null

fallback := standing.declared.fallback
