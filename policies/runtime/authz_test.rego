package system.authz_test

import data.countersign.testing
import data.system.authz

allowed(request) if {
	authz.allow with input as object.union({"params": {}}, request)
		with data.catalog as testing.catalog
		with data.control as held
		with time.now_ns as testing.at(testing.noon)
}

held := object.union(testing.control, {
	"stops": {"billing-replies": {"all": {testing.stop_id("billing-replies", "all", "h1:now"): null}}},
	"rollbacks": {"billing-replies": {testing.back_id("billing-replies", "h1:now", "h1:now"): {}}},
})

words := {"for": "stop", "workflow": "billing-replies", "action": "all", "version": "h1:before"}

back := {"for": "rollback", "workflow": "billing-replies", "version": "h1:now", "to": "h1:before"}

v1(rest) := array.concat(["v1", "data"], rest)

stop_path(said) := v1(["control", "stops", said.workflow, said.action, said.id])

back_path(said) := v1(["control", "rollbacks", said.workflow, said.id])

stop_words(changes) := object.union({"iss": "dana", "id": id}, said) if {
	said := object.union(words, changes)
	id := testing.stop_id(said.workflow, said.action, said.version)
}

back_words(changes) := object.union({"iss": "dana", "id": id}, said) if {
	said := object.union(back, changes)
	id := testing.back_id(said.workflow, said.version, said.to)
}

# What on-call sends: the path is what was signed.
stopping(changes) := {"method": "PUT", "path": stop_path(said), "identity": testing.token(said)} if said := stop_words(changes)

going_back(changes) := {"method": "PUT", "path": back_path(said), "identity": testing.token(said)} if said := back_words(changes)

ask(document) := {"method": "POST", "path": v1(["countersign", document])}

from(identity, request) := object.union({"identity": identity}, request)

lease := {"method": "PUT", "path": v1(["control", "lease"])}

test_whether_a_point_is_there_is_no_secret if {
	allowed({"method": "GET", "path": ["health"]})
	not allowed({"method": "POST", "path": ["health"]})
	not allowed({"method": "GET", "path": ["health", "live"]})
	not allowed({"method": "GET", "path": ["health"], "params": {"plugins": ["true"]}})
}

test_an_application_may_only_ask if {
	allowed(from("mailer-token", ask("decision")))
	not allowed(from("mailer-token", ask("point")))
	not allowed(from("mailer-token", object.union(ask("decision"), {"method": "GET"})))
	not allowed(from("mailer-token", object.union(ask("decision"), {"params": {"explain": ["full"]}})))
	not allowed(from("mailer-token", {"method": "POST", "path": v1(["countersign"])}))
	not allowed(from("mailer-token", lease))
	not allowed(from("mailer-token", {"method": "PUT", "path": stop_path(stop_words({}))}))
}

test_without_a_token_nobody_asks if {
	not allowed(ask("decision"))
	not allowed(from("", ask("decision")))
	not allowed(from("other", ask("decision")))
	not allowed(from(testing.catalog.tokens.keeper, ask("decision")))
}

test_the_keeper_reads_writes_lifts_and_renews if {
	every request in [
		ask("decision"), ask("live"), ask("point"), ask("workflow"), lease,
		{"method": "PUT", "path": stop_path(stop_words({}))},
		{"method": "DELETE", "path": stop_path(stop_words({}))},
		{"method": "PUT", "path": back_path(back_words({}))},
		{"method": "DELETE", "path": back_path(back_words({}))},
	] {
		allowed(from("keeper-token", request))
	}
}

test_the_keeper_does_nothing_else if {
	every request in [
		{"method": "PATCH", "path": stop_path(stop_words({}))},
		{"method": "DELETE", "path": v1(["control", "stops"])},
		{"method": "DELETE", "path": v1(["control", "stops", "billing-replies", "all"])},
		{"method": "DELETE", "path": v1(["control", "rollbacks", "billing-replies"])},
		{"method": "DELETE", "path": v1(["control", "lease"])},
		{"method": "PUT", "path": v1(["control"])},
		{"method": "PUT", "path": v1(["other", "stops", "a", "b", "c"])},
		{"method": "PUT", "path": v1(["other", "rollbacks", "a", "b"])},
		{"method": "PUT", "path": v1(["control", "lease"]), "params": {"x": ["1"]}},
		{"method": "PUT", "path": ["v1", "policies", "mine"]},
		{"method": "GET", "path": v1(["catalog"])},
		{"method": "POST", "path": ["v0", "data", "countersign", "decision"]},
		{"method": "POST", "path": ["v1", "compile"]},
		{"method": "POST", "path": ["v1", "query"]},
	] {
		not allowed(from("keeper-token", request))
	}
}

test_on_call_adds_a_stop if {
	allowed(stopping({}))
	allowed(stopping({"action": "invoice-copy"}))
	allowed(stopping({"workflow": "_control", "version": "*"}))
}

test_on_call_adds_a_way_back if {
	allowed(going_back({}))
	allowed(going_back({"to": "h1:long-ago"}))
	allowed(going_back({"version": "h1:before"}))
	not allowed(going_back({"to": "h1:other"}))
	not allowed(going_back({"workflow": "other"}))
}

test_on_call_lifts_and_changes_nothing if {
	every request in [stopping({}), going_back({})] {
		not allowed(object.union(request, {"method": "DELETE"}))
		not allowed(object.union(request, {"method": "PATCH"}))
		not allowed(object.union(request, {"params": {"x": ["1"]}}))
		not allowed(object.union(request, {"path": lease.path}))
	}
	not allowed(stopping({"version": "h1:now"}))
	not allowed(going_back({"to": "h1:now"}))
}

test_what_is_written_was_signed if {
	not allowed(object.union(stopping({}), {"path": stop_path(object.union(stop_words({}), {"action": "sort"}))}))
	not allowed(object.union(stopping({}), {"path": stop_path(stop_words({"version": "*"}))}))
	not allowed(object.union(going_back({}), {"path": back_path(back_words({"to": "h1:long-ago"}))}))
	not allowed(stopping({"id": "s2"}))
	not allowed(going_back({"id": "r2"}))
	not allowed(stopping({"for": "read"}))
	not allowed(stopping({"for": "rollback"}))
	not allowed(going_back({"for": "stop"}))
}

test_there_is_nothing_to_stop_in_what_is_not_declared if {
	not allowed(stopping({"workflow": "other"}))
	not allowed(stopping({"action": "other"}))
	not allowed(stopping({"workflow": "_control", "action": "sort"}))
}

test_only_who_answers_for_a_workflow_stops_it if {
	every person in ["dana", "ana"] {
		allowed(stopping({"iss": person}))
		allowed(stopping({"iss": person, "workflow": "_control"}))
		allowed(going_back({"iss": person}))
	}
	every person in ["hana", "stranger", "_control"] {
		not allowed(stopping({"iss": person}))
	}
	every request in [stopping({"iss": "cleo"}), stopping({"iss": "cleo", "workflow": "_control"}), going_back({"iss": "cleo"})] {
		not keyed(request)
	}
	keyed(stopping({"iss": "finn"}))
	keyed(stopping({"iss": "ben"}))
	keyed(stopping({"iss": "finn", "workflow": "_control"}))
}

# The same where everybody has a key.
keyed(request) if {
	people := {id: object.union(person, {"keys": [{"id": "k", "jwk": testing.public}]}) | some id, person in testing.catalog.people}
	authz.allow with input as object.union({"params": {}}, request)
		with data.catalog as object.union(testing.catalog, {"people": people})
		with data.control as held
		with time.now_ns as testing.at(testing.noon)
}

test_a_workflow_without_on_call_is_stopped_by_who_answers_for_it if {
	found := authz.allow with input as object.union({"params": {}}, stopping({"iss": "ana"}))
		with data.catalog as json.patch(testing.catalog, [{"op": "remove", "path": "/workflows/billing-replies/stop_by"}])
		with data.control as held
		with time.now_ns as testing.at(testing.noon)
	found
}

test_whoever_signs_may_read_back if {
	every document in ["decision", "live", "point", "workflow"] {
		every purpose in ["read", "stop", "rollback"] {
			allowed(from(testing.token({"for": purpose}), ask(document)))
		}
		not allowed(from(testing.token({"for": "approve"}), ask(document)))
		not allowed(from(testing.token({"iss": "eli", "for": "read"}), ask(document)))
	}
}

crossed(workflow, action, version) := {"method": "PUT", "path": path, "identity": "watcher-token"} if {
	path := v1(["control", "stops", workflow, action, testing.stop_id(workflow, action, version)])
}

test_the_watcher_adds_stops_of_what_runs if {
	allowed(crossed("billing-replies", "sort", "h1:now"))
	found := authz.allow with input as object.union({"params": {}}, crossed("billing-replies", "all", "h1:now"))
		with data.catalog as testing.catalog
		with data.control as testing.control
	found
	every document in ["decision", "live", "point", "workflow"] {
		allowed(from("watcher-token", ask(document)))
	}
}

test_the_watcher_stops_what_a_way_back_leads_to if {
	every version in ["h1:now", "h1:before"] {
		authz.allow with input as object.union({"params": {}}, crossed("billing-replies", "sort", version))
			with data.catalog as testing.catalog
			with data.control as {"rollbacks": {"billing-replies": {"r1": {"to": "h1:before"}, "r2": "odd"}}}
	}
	not authz.allow with input as object.union({"params": {}}, crossed("billing-replies", "sort", "h1:long-ago"))
		with data.catalog as testing.catalog
		with data.control as {"rollbacks": {"billing-replies": {"r1": {"to": "h1:before"}, "r2": "odd"}}}
}

test_an_id_that_no_record_could_name_is_not_added if {
	good := crossed("billing-replies", "sort", "h1:now")
	every odd in ["x/y", "x%2Fy", "x?y", "x y", "\u00e9", "X", "1a", "", "a_b"] {
		id := concat("-", [odd, substring(good.path[6], 3, -1)])
		not allowed(object.union(good, {"path": array.concat(array.slice(good.path, 0, 6), [id])}))
	}
}

test_the_watcher_does_nothing_else if {
	good := crossed("billing-replies", "sort", "h1:now")
	every change in [{"method": "DELETE"}, {"params": {"x": ["1"]}}, {"identity": "mailer-token"}, {"path": lease.path}] {
		not allowed(object.union(good, change))
	}
	not allowed(object.union(good, {"path": array.concat(v1(["other"]), array.slice(good.path, 3, 7))}))
	not allowed(object.union(good, {"path": array.slice(good.path, 0, 6)}))
	not allowed(object.union(good, {"path": v1(["control", "rollbacks", "billing-replies", "w1"])}))
	not allowed(crossed("billing-replies", "sort", "h1:before"))
	not allowed(crossed("billing-replies", "sort", "*"))
	not allowed(crossed("billing-replies", "other", "h1:now"))
	not allowed(crossed("billing-replies", "all", "h1:now"))
	not allowed(crossed("_control", "all", "*"))
}
