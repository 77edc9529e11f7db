# METADATA
# title: Who may ask a point what
# description: Applications ask. On-call adds stops and ways back. The keeper writes, lifts and renews. Nobody changes what the bundle holds.
package system.authz

import data.countersign.runtime.oncall

default allow := false

# A load balancer asks without a token, and learns nothing but that the point is there.
allow if {
	input.method == "GET"
	input.path == ["health"]
	input.params == {}
}

allow if {
	asks("decision")
	data.catalog.tokens.applications[presented]
}

allow if {
	reads_back
	keeper
}

allow if {
	reads_back
	oncall.reads(input.identity)
}

allow if {
	reads_back
	watcher
}

allow if {
	input.method == "PUT"
	input.params == {}
	watcher
	oncall.adds_unsigned(input.path)
}

allow if {
	some method in ["PUT", "DELETE"]
	input.method == method
	input.params == {}
	keeper
	kept
}

allow if {
	input.method == "PUT"
	input.params == {}
	oncall.adds(input.identity, input.path)
}

asks(document) if {
	input.method == "POST"
	input.path == ["v1", "data", "countersign", document]
	input.params == {}
}

reads_back if {
	some document in ["decision", "live", "point", "workflow"]
	asks(document)
}

watcher if presented == data.catalog.tokens.watcher

keeper if presented == data.catalog.tokens.keeper

presented := concat(":", ["sha256", crypto.sha256(input.identity)])

# One stop, one way back, or the lease: never all of a kind at once.
kept if {
	array.slice(input.path, 0, 4) == ["v1", "data", "control", "stops"]
	count(input.path) == 7
}

kept if {
	array.slice(input.path, 0, 4) == ["v1", "data", "control", "rollbacks"]
	count(input.path) == 6
}

kept if {
	input.method == "PUT"
	input.path == ["v1", "data", "control", "lease"]
}
