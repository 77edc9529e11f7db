package countersign.lib.orders_test

import data.countersign.lib.change
import data.countersign.lib.orders
import data.countersign.testing

# The prompt goes back to what it was at the version `earlier`, which on-call signed the way back to.
back := {
	"/workflows/0/delta": array.concat(testing.workflow.delta, testing.on_file["/workflows/0/delta"]),
	"/workflows/0/after/state/stopped": [testing.entry],
	"/workflows/0/after/prompt_digest": "h1:prompt-earlier",
	"/workflows/0/after/version": "h1:version-earlier",
	"/workflows/0/stops": [object.union(testing.stop, {"rollback_to": "h1:version-earlier"})],
	"/workflows/0/state_plain": true,
}

ordered(changes) if {
	found := orders.given with input as testing.given(changes)
	found == {"billing-replies"}
}

alone(changes) if orders.nothing_else with input as testing.given(changes)

kind(changes) := found if {
	found := change.kind["billing-replies"] with input as testing.given(changes)
}

test_a_recorded_stop_that_is_put_on_file_was_ordered if {
	ordered(testing.on_file)
	alone(testing.on_file)
	kind(testing.on_file) == "narrowing"
}

test_whoever_may_narrow_may_order if {
	every by in ["dana", "eli", "finn", "ana", null] {
		ordered(object.union(testing.on_file, {"/workflows/0/stops": [object.union(testing.stop, {"by": by})]}))
	}
}

test_somebody_else_may_not if {
	every by in ["hana", "cleo", "nobody"] {
		not ordered(object.union(testing.on_file, {"/workflows/0/stops": [object.union(testing.stop, {"by": by})]}))
		not alone(object.union(testing.on_file, {"/workflows/0/stops": [object.union(testing.stop, {"by": by})]}))
	}
}

test_another_stop_than_that_was_not_ordered if {
	not ordered(object.union(testing.on_file, {"/workflows/0/stops": []}))
	every change in [{"id": "s2"}, {"action": "invoice-copy"}, {"version": "*"}, {"reason": "All is well."}, {"at": "2026-11-02T00:00:00Z"}] {
		not ordered(object.union(testing.on_file, {"/workflows/0/stops": [object.union(testing.stop, change)]}))
	}
}

test_anything_besides_was_not_ordered if {
	every step in [
		testing.step("state.state", "state.state", "live", "paused"),
		testing.step("state.stopped[s0]", "state.stopped[]", null, "{}"),
		testing.step("actions[late-fee-question].release", "actions[].release", "review", "named"),
	] {
		more := object.union(testing.on_file, {"/workflows/0/delta": array.concat(testing.on_file["/workflows/0/delta"], [step])})
		kind(more) == "narrowing"
		not ordered(more)
		not alone(more)
	}
}

test_other_words_in_the_file_were_not_ordered if {
	every changes in [testing.on_file, back] {
		every value in [false, null, "true"] {
			wordy := object.union(changes, {"/workflows/0/state_plain": value})
			kind(wordy) == kind(changes)
			not ordered(wordy)
			not alone(wordy)
		}
	}
}

test_taking_a_stop_out_was_not_ordered if {
	not ordered(object.union(testing.on_file, {
		"/workflows/0/delta": [testing.step("state.stopped[s1]", "state.stopped[]", "{}", null)],
		"/workflows/0/after/state/stopped": [],
	}))
}

test_changing_an_entry_was_not_ordered if {
	not ordered(object.union(testing.on_file, {"/workflows/0/delta": [testing.step("state.stopped[s1]", "state.stopped[]", "{}", "{x}")]}))
}

test_a_way_back_that_was_signed_was_ordered if {
	kind(back) == "restoring"
	ordered(back)
	alone(back)
}

test_a_way_back_to_another_version_was_not if {
	other := object.union(back, {"/workflows/0/after/version": "h1:version-other"})
	kind(other) == "restoring"
	not ordered(other)
	unsigned := object.union(back, {"/workflows/0/stops": [object.union(testing.stop, {"rollback_to": "h1:version-earlier", "by": "hana"})]})
	not ordered(unsigned)
}

test_a_way_back_allows_nothing_once_it_is_on_file if {
	listed := object.union(back, {
		"/workflows/0/delta": testing.workflow.delta,
		"/workflows/0/before/state/stopped": [testing.entry],
	})
	kind(listed) == "restoring"
	not ordered(listed)
}

test_a_way_back_from_another_version_was_not if {
	other := object.union(back, {"/workflows/0/before/version": "h1:version-mended"})
	kind(other) == "restoring"
	not ordered(other)
}

test_another_wording_beside_a_stop_was_not_ordered if {
	not ordered(object.union(testing.on_file, {"/workflows/0/after/version": "h1:version-reworded"}))
}

test_narrowing_besides_a_way_back_was_not if {
	narrower := testing.step("actions[late-fee-question].release", "actions[].release", "review", "named")
	more := object.union(back, {"/workflows/0/delta": array.concat(back["/workflows/0/delta"], [narrower])})
	kind(more) == "restoring"
	not ordered(more)
}

test_a_stop_that_nobody_signed_beside_a_way_back_restores_nothing if {
	other := object.union(testing.entry, {"id": "s2"})
	added := testing.step("state.stopped[s2]", "state.stopped[]", null, "{}")
	kind(object.union(back, {
		"/workflows/0/delta": array.concat(back["/workflows/0/delta"], [added]),
		"/workflows/0/after/state/stopped": [testing.entry, other],
	})) == "widening"
}

test_a_widening_was_not_ordered if {
	not ordered({"/workflows/0/stops": [object.union(testing.stop, {"rollback_to": "h1:version-after"})]})
	not alone({})
}

test_paths_elsewhere_are_something_else if {
	paths := [{"path": "docs/a.md", "status": "added", "kind": "file", "hides": false}]
	not alone(object.union(testing.on_file, {"/change/control/paths": paths}))
}

test_no_workflow_is_nothing_ordered if not alone({"/workflows": []})

test_what_stays_as_it_is_is_nothing_else if {
	still := object.union(testing.workflow, {"name": "ticket-triage", "status": "unchanged", "delta": [], "before": null})
	alone(object.union(testing.on_file, {"/workflows/-": still}))
}
