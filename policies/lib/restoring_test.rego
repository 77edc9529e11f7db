package countersign.lib.restoring_test

import data.countersign.lib.change
import data.countersign.testing

kind(changes) := found if {
	found := change.kind["billing-replies"] with input as testing.given(changes)
}

# The prompt goes back to what it was at the version `earlier`.
back := {"/workflows/0/after/prompt_digest": "h1:prompt-earlier"}

and_also(steps) := object.union(back, {"/workflows/0/delta": array.concat(testing.workflow.delta, steps)})

but(changes) := object.union(back, changes)

stop(version) := [{"id": "s1", "action": "all", "version": version, "reason": "Odd.", "at": "2026-11-01T00:00:00Z"}]

test_going_back_restores if kind(back) == "restoring"

test_it_tells_what_comes_back if {
	found := change.because["billing-replies"] with input as testing.given(back)
	found == {"files[reply.prompt]"}
}

test_another_prompt_widens if {
	kind({}) == "widening"
	kind({"/workflows/0/after/prompt_digest": "h1:prompt-other"}) == "widening"
}

test_a_prompt_that_is_not_there_does_not_come_back if {
	kind({"/workflows/0/after/prompt_digest": null, "/workflows/0/recorded/1/prompt_digest": null}) == "widening"
}

test_models_come_back_with_their_prompt if {
	steps := [testing.step(path, field, "a", "b") |
		some path, field in {
			"models[default].id": "models[].id",
			"models[default].why": "models[].why",
			"models[edge-cases].when": "models[].when",
			"prompt": "prompt",
		}
	]
	kind(and_also(steps)) == "restoring"
	kind(and_also([testing.step("models[new]", "models[]", null, true)])) == "restoring"
}

test_their_order_comes_back_too if {
	turned := [testing.manifest.models[1], testing.manifest.models[0]]
	order := testing.step("models", "order", ["default", "edge-cases"], ["edge-cases", "default"])
	both := object.union(and_also([order]), {"/workflows/0/after/manifest/models": turned})
	kind(both) == "widening"
	kind(object.union(both, {"/workflows/0/recorded/1/models": turned})) == "restoring"
	kind(and_also([testing.step("actions", "order", ["a", "b"], ["b", "a"])])) == "widening"
}

test_other_models_than_then_widen if {
	kind(but({"/workflows/0/after/manifest/models": [testing.manifest.models[0]]})) == "widening"
	kind(but({"/workflows/0/recorded/1/models": [testing.manifest.models[0]]})) == "widening"
	kind(but({"/workflows/0/after/manifest/models/0/why": "Another reason, but the same model."})) == "widening"
}

test_a_renamed_prompt_file_comes_back if {
	kept := ["drill.yaml", "fallback.md", "old.prompt", "state.yaml", "workflow.yaml"]
	kind(object.union(and_also([testing.step("files[old.prompt]", "files[]", null, "x")]), {
		"/workflows/0/after/manifest/prompt": "old.prompt",
		"/workflows/0/after/files": {name: {"kind": "file", "size": 700} | some name in kept},
	})) == "restoring"
}

test_a_file_that_is_left_over_of_a_renamed_prompt_does_not_come_back if {
	renamed := object.union(and_also([testing.step("files[old.prompt]", "files[]", "x", "y")]), {
		"/workflows/0/before/manifest/prompt": "old.prompt",
	})
	kind(renamed) == "restoring"
	kind(object.union(renamed, {"/workflows/0/after/files/old.prompt": {"kind": "file", "size": 7}})) == "widening"
}

test_nothing_else_may_widen if {
	every path, field in {
		"files[fallback.md]": "files[]",
		"files[drill.yaml]": "files[]",
		"approver": "approver",
		"stop.by": "stop.by",
		"summary": "summary",
		"actions[invoice-copy].effect": "actions[].effect",
		"something": "something",
	} {
		kind(and_also([testing.step(path, field, "a", "b")])) == "widening"
	}
}

test_narrowing_besides_is_fine if {
	kind(and_also([testing.step("actions[late-fee-question].release", "actions[].release", "review", "named")])) == "restoring"
}

test_a_looser_release_besides_widens if {
	kind(and_also([testing.step("actions[late-fee-question].release", "actions[].release", "named", "review")])) == "widening"
}

test_no_field_to_blame_restores_nothing if kind(but({"/workflows/0/delta": []})) == "widening"

test_no_prompt_is_no_file_name if {
	kind(object.union(and_also([testing.step("files[null]", "files[]", null, "x")]), {
		"/workflows/0/before/manifest/prompt": null,
	})) == "widening"
}

test_the_state_stays if {
	every step in [
		testing.step("state.state", "state.state", "live", "paused"),
		testing.step("state.state", "state.state", "paused", "live"),
		testing.step("state.reason", "state.reason", null, "Back to the old prompt."),
		testing.step("state.stopped[s1]", "state.stopped[]", null, "{}"),
	] {
		kind(and_also([step])) == "widening"
	}
}

test_a_pure_narrowing_is_not_called_restoring if {
	narrower := [testing.step("actions[late-fee-question].release", "actions[].release", "review", "named")]
	kind(but({"/workflows/0/delta": narrower})) == "narrowing"
}

# T07
test_unreadable_records_restore_nothing if {
	every records in ["none", "unreadable"] {
		kind(but({"/records": records})) == "widening"
	}
}

test_no_record_restores_nothing if kind(but({"/workflows/0/recorded": []})) == "widening"

test_a_draft_that_was_recorded_never_ran if {
	every state in ["proposed", "paused", "retired"] {
		kind(but({"/workflows/0/recorded/1/state": state})) == "widening"
	}
}

test_stale_evidence_restores_nothing if {
	kind(but({"/workflows/0/recorded/1/drills": [testing.drill("earlier", 31)]})) == "widening"
	kind(but({"/workflows/0/recorded/1/drills": []})) == "widening"
}

test_the_stricter_tier_decides_what_is_stale if {
	old := but({"/workflows/0/recorded/1/drills": [testing.drill("earlier", 60)]})
	kind(object.union(old, {
		"/workflows/0/before/manifest/risk/tier": "medium",
		"/workflows/0/after/manifest/risk/tier": "medium",
	})) == "restoring"
	kind(object.union(old, {"/workflows/0/after/manifest/risk/tier": "medium"})) == "widening"
}

# T16
test_a_stopped_version_does_not_come_back if {
	kind(but({"/workflows/0/recorded/1/stopped": true})) == "widening"
	every side in ["before", "after"] {
		place := sprintf("/workflows/0/%s/state/stopped", [side])
		kind(but({place: stop("h1:version-earlier")})) == "widening"
		kind(but({place: stop("*")})) == "widening"
		kind(but({place: stop("h1:version-before")})) == "restoring"
	}
}

test_any_good_record_of_the_same_prompt_will_do if {
	kind(object.union(back, {"/workflows/0/recorded": [
		object.union(testing.recorded("earlier", 40), {"stopped": true, "version": "h1:version-other"}),
		testing.recorded("earlier", 20),
	]})) == "restoring"
}

test_prompt_and_models_come_back_from_one_record if {
	kind(but({
		"/workflows/0/recorded/0/prompt_digest": "h1:prompt-earlier",
		"/workflows/0/recorded/0/models": [],
		"/workflows/0/recorded/1/prompt_digest": "h1:prompt-other",
	})) == "widening"
}

test_a_new_or_deleted_workflow_restores_nothing if {
	kind(but({"/workflows/0/status": "added", "/workflows/0/before": null})) == "widening"
	kind({"/workflows/0/status": "deleted", "/workflows/0/after": null}) == "widening"
}

test_what_lies_beside_the_named_prompt_widens if {
	kind(object.union(and_also([testing.step("files[old.prompt]", "files[]", null, "x")]), {
		"/workflows/0/before/manifest/prompt": null,
		"/workflows/0/after/manifest/prompt": null,
	})) == "widening"
}
