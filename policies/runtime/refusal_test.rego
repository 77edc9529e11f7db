package countersign.runtime.refusal_test

import data.countersign.runtime.refusal
import data.countersign.testing

# Why not, at noon; undefined where nothing stands against it.
why(question, catalog, held) := code if {
	code := refusal.code with input as object.union(testing.asked, question)
		with data.catalog as json.patch(testing.catalog, [{"op": "add", "path": path, "value": value} | some path, value in catalog])
		with data.control as object.union(testing.control, held)
		with time.now_ns as testing.at(testing.noon)
}

about(changes) := {sprintf("/workflows/billing-replies/%s", [path]): value | some path, value in changes}

stops(action, version) := {"stops": {"billing-replies": {action: {testing.stop_id("billing-replies", action, version): {"version": version}}}}}

to(versions) := {"rollbacks": {"billing-replies": {sprintf("r%d-%s", [index, testing.back_id("billing-replies", "h1:now", version)]): {"version": "h1:now", "to": version} |
	some index, version in versions
}}}

before := {"version": "h1:before"}

test_nothing_stands_against_what_is_declared if not why({}, {}, {})

test_a_question_must_be_whole if {
	every field in ["workflow", "action", "version", "caller"] {
		every value in [null, 7, ["x"]] {
			why({field: value}, {}, {}) == "malformed_input"
		}
	}
}

test_nobody_asks_for_nobody if why({"caller": ""}, {}, {}) == "malformed_input"

test_what_is_not_declared_does_not_run if {
	why({"workflow": "other"}, {}, {}) == "undeclared_workflow"
	why({"action": "other"}, {}, {}) == "undeclared_action"
	why({"action": "all"}, {}, {}) == "undeclared_action"
	why({"action": "sort", "version": "h1:before"}, {}, {}) == "undeclared_action"
}

test_only_what_is_live_runs if {
	every state in ["proposed", "paused", "retired"] {
		why({}, about({"state": state}), {}) == state
	}
}

test_a_stop_stops_by_being_there if {
	why({}, {}, stops("all", "h1:now")) == "stopped"
	why({}, {}, stops("all", "h1:other")) == "stopped"
	why({}, {}, stops("late-fee-question", "h1:now")) == "stopped"
	why({}, {}, {"stops": {"billing-replies": {"all": {"s1": {}}}}}) == "stopped"
	why({}, {}, {"stops": {"billing-replies": {"all": {"s1": "anything"}}}}) == "stopped"
	why({}, about({"stopped": [{"id": "s1", "action": "all", "version": "h1:now"}]}), {}) == "stopped"
	why({}, about({"stopped": [{"id": "s1", "action": "late-fee-question", "version": "*"}]}), {}) == "stopped"
}

test_a_stop_of_one_action_leaves_the_others if {
	not why({}, {}, stops("sort", "h1:now"))
	not why({}, about({"stopped": [{"id": "s1", "action": "sort", "version": "h1:now"}]}), {})
	not why({}, {}, {"stops": {"billing-replies": {"all": {}}}})
	not why({}, {}, {"stops": {"other": {"all": {"s1": {}}}}})
}

test_a_stop_of_everything_stops_also_the_way_back if {
	everything := {"stops": {"_control": {"all": {"s1": {"version": "*"}}}}}
	why({}, {}, everything) == "stopped"
	why(before, {}, object.union(everything, to(["h1:before"]))) == "stopped"
	not why({}, {}, {"stops": {"_control": {"all": {}}}})
}

test_the_version_before_is_accepted_only_after_a_step_forward if {
	not why(before, {}, {})
	why(before, about({"previous": null}), {}) == "stale_version"
	why(before, about({"previous": {"version": "h1:before", "until": "2026-11-20T12:00:00Z"}}), {}) == "stale_version"
	why({"version": "h1:long-ago"}, {}, {}) == "stale_version"
	why(before, about({"returnable": {}}), {}) == "stale_version"
}

test_the_version_before_ends_with_a_stop_or_a_way_back if {
	why(before, {}, stops("sort", "h1:now")) == "stale_version"
	why({"version": "h1:before"}, about({"previous": {"version": "h1:before", "until": "2026-11-20T12:10:00Z"}}), to(["h1:now"])) == "stale_version"
}

test_after_a_way_back_only_its_target_runs if {
	held := object.union(stops("all", "h1:now"), to(["h1:before"]))
	not why(before, {}, held)
	not why(before, {}, to(["h1:before"]))
	why({}, {}, held) == "stale_version"
	not why(before, {}, to(["h1:before", "h1:before"]))
}

test_ways_back_that_differ_lead_nowhere if {
	why(before, {}, to(["h1:before", "h1:now"])) == "rollbacks_disagree"
	why({}, {}, to(["h1:before", "h1:now"])) == "rollbacks_disagree"
}

test_a_target_that_is_stopped_is_none if {
	why(before, {}, object.union(to(["h1:before"]), stops("all", "h1:before"))) == "rollback_unusable"
	why(before, {}, object.union(to(["h1:before"]), stops("sort", "*"))) == "rollback_unusable"
	every stop in [{"version": "h1:now"}, {"version": 7}, {}] {
		why(before, {}, object.union(to(["h1:before"]), {"stops": {"billing-replies": {"sort": {"s1": stop}}}})) == "rollback_unusable"
	}
	why(before, about({"returnable/h1:before/stopped": true}), to(["h1:before"])) == "rollback_unusable"
}

test_a_target_that_is_not_listed_is_none if {
	why({"version": "h1:new"}, {}, to(["h1:new"])) == "rollback_unusable"
	every entry in [{}, "h1:now", {"to": 7}, {"version": "h1:now", "to": "h1:before"}] {
		why(before, {}, {"rollbacks": {"billing-replies": {"r1": entry}}}) == "rollback_unusable"
	}
	every version, target in {"h1:now": "h1:before", "h1:other": "h1:now"} {
		swapped := {testing.back_id("billing-replies", "h1:now", "h1:now"): {"version": version, "to": target}}
		why(before, {}, {"rollbacks": {"billing-replies": swapped}}) == "rollback_unusable"
	}
}

test_a_target_is_as_well_proved_as_its_tier_asks if {
	long_ago := {"version": "h1:long-ago"}
	why(long_ago, {}, to(["h1:long-ago"])) == "rollback_unusable"
	not why(long_ago, about({"tier": "low"}), to(["h1:long-ago"]))
	why(before, about({"returnable/h1:before/drills": []}), to(["h1:before"])) == "rollback_unusable"
	why(before, about({"returnable/h1:before": testing.earlier("h1:prompt-before", "sandbox")}), to(["h1:before"])) == "rollback_unusable"
}

test_a_target_that_was_merged_needs_no_new_proof if {
	held := object.union(stops("all", "h1:bad"), to(["h1:now"]))
	not why({}, {}, held)
	not why({}, about({"stopped": [{"id": "s1", "action": "all", "version": "h1:bad"}]}), held)
}

test_a_point_without_a_bundle_runs_nothing if {
	code := refusal.code with input as testing.asked with data.control as testing.control
	code == "no_catalog"
}

test_silence_means_stopped if {
	every lease in [{}, {"until": "2026-11-20T12:00:00Z", "seq": 41}, {"until": "soon", "seq": 41}] {
		code := refusal.code with input as testing.asked
			with data.catalog as testing.catalog
			with data.control as {"lease": lease}
			with time.now_ns as testing.at(testing.noon)
		code == "lease_ended"
	}
}

test_a_lease_of_another_clock_or_bundle_is_none if {
	why({}, {}, {"lease": {"until": "2026-11-20T12:00:31Z", "seq": 41}}) == "lease_ended"
	not why({}, {}, {"lease": {"until": "2026-11-20T12:00:30Z", "seq": 41}})
	why({}, {}, {"lease": {"until": "2026-11-20T12:00:20Z", "seq": 42}}) == "lease_ended"
	not why({}, {}, {"lease": {"until": "2026-11-20T12:00:20Z", "seq": 40}})
}
