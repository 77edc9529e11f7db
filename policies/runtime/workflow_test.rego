package countersign.workflow_test

import data.countersign.live
import data.countersign.testing
import data.countersign.workflow

read(name, held) := found if {
	found := workflow with input as {"workflow": name}
		with data.catalog as testing.catalog
		with data.control as held
		with time.now_ns as testing.at(testing.noon)
}

test_on_call_reads_what_runs_and_what_it_may_return_to if {
	read("billing-replies", {}) == {
		"state": "live",
		"version": "h1:now",
		"back": ["h1:before"],
		"fallback": {"file": "fallback.md", "tell": "#support-leads"},
	}
}

test_after_a_way_back_the_way_forward_is_open if {
	id := testing.back_id("billing-replies", "h1:now", "h1:before")
	found := read("billing-replies", {"rollbacks": {"billing-replies": {id: {"version": "h1:now", "to": "h1:before"}}}})
	[found.version, found.back] == ["h1:before", ["h1:now"]]
}

test_nothing_leads_to_what_a_stop_names if {
	found := read("billing-replies", {"stops": {"billing-replies": {"all": {testing.stop_id("billing-replies", "all", "h1:before"): {"version": "h1:before"}}}}})
	[found.version, found.back] == ["h1:now", []]
}

test_an_unknown_workflow_has_nothing if {
	read("other", {}) == {"state": null, "version": null, "back": [], "fallback": null}
}

test_what_is_live_is_listed if {
	found := live.names with data.catalog as {"workflows": {"a": {"state": "live"}, "b": {"state": "paused"}, "c": {"state": "live"}}}
	found == ["a", "c"]
}
