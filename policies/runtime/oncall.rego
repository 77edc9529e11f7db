# METADATA
# title: What on-call may do at a point
# description: Add a stop or a way back that they signed for exactly this, and read whether it holds. Never change or lift one.
package countersign.runtime.oncall

import data.countersign.runtime.seal
import data.countersign.runtime.token

reads(identity) if {
	said := signed(identity)
	said.for in {"read", "stop", "rollback"}
}

adds(identity, path) if {
	said := signed(identity)
	said.for == "stop"
	path == ["v1", "data", "control", "stops", said.workflow, said.action, said.id]
	seal.holds(said.id, ["stop", said.workflow, said.action, said.version, ""])
	stoppable(said.workflow, said.action)
	on_call(said.iss, said.workflow)
	not data.control.stops[said.workflow][said.action][said.id]
}

adds(identity, path) if {
	said := signed(identity)
	said.for == "rollback"
	path == ["v1", "data", "control", "rollbacks", said.workflow, said.id]
	seal.holds(said.id, ["rollback", said.workflow, "all", said.version, said.to])
	said.to in reachable(said.workflow)
	on_call(said.iss, said.workflow)
	not data.control.rollbacks[said.workflow][said.id]
}

# The watcher has no key: by its token it stops what runs now, and nothing else.
adds_unsigned(path) if {
	array.slice(path, 0, 4) == ["v1", "data", "control", "stops"]
	[workflow, action, id] := array.slice(path, 4, count(path))
	stoppable(workflow, action)
	some version in running(workflow)
	seal.holds(id, ["stop", workflow, action, version, ""])
	not data.control.stops[workflow][action][id]
}

# What was merged, and what a way back leads to.
running(workflow) := {data.catalog.workflows[workflow].version} | {entry.to | some entry in data.control.rollbacks[workflow]}

# The person who signed it says who they are; only their own key can make it true.
signed(identity) := token.claims(unverified.iss, identity) if {
	[_, unverified, _] := io.jwt.decode(identity)
}

# Of a workflow that nobody declared, nobody is on call.
stoppable(_, "all")

stoppable(workflow, action) if data.catalog.workflows[workflow].actions[action]

reachable(workflow) := {data.catalog.workflows[workflow].version} | object.keys(data.catalog.workflows[workflow].returnable)

# A stop is safe: whoever answers for the workflow may give it, away or not. A stop of everything, anybody on call.
on_call(id, workflow) if id in answering(data.catalog.workflows[workflow])

on_call(id, "_control") if {
	some _, declared in data.catalog.workflows
	id in answering(declared)
}

answering(declared) := {id |
	by := object.get(declared, "stop_by", null)
	some id in array.concat([by, declared.approver, data.catalog.owner, data.catalog.deputy], object.get(data.catalog.rotas, by, []))
}
