package countersign.decision_test

import data.countersign
import data.countersign.testing

# What a point says at noon: to a question, with what it holds.
said(question, held) := found if {
	found := countersign.decision with input as question
		with data.catalog as testing.catalog
		with data.control as object.union(testing.control, held)
		with time.now_ns as testing.at(testing.noon)
}

with_catalog(question, changes) := found if {
	found := countersign.decision with input as question
		with data.catalog as json.patch(testing.catalog, [{"op": "add", "path": path, "value": value} | some path, value in changes])
		with data.control as testing.control
		with time.now_ns as testing.at(testing.noon)
}

asking(changes) := object.union(testing.asked, changes)

stop(version) := {"stops": {"billing-replies": {"all": {testing.stop_id("billing-replies", "all", version): {"version": version}}}}}

back(version) := {"rollbacks": {"billing-replies": {testing.back_id("billing-replies", "h1:now", version): {"version": "h1:now", "to": version}}}}

test_a_released_action_goes_with_all_that_it_needs if {
	said(testing.asked, {}) == {
		"decision": "review",
		"go": true,
		"code": "released",
		"version": "h1:now",
		"models": [{"use": "default", "when": null, "id": "fenwick/quick-2026-03-01"}],
		"prompt": {"file": "reply.prompt", "digest": "h1:prompt-now"},
		"fallback": {"file": "fallback.md", "tell": "#support-leads"},
		"revision": "c0ffee-h1:policies",
		"seq": 41,
	}
}

test_each_action_is_released_for_itself if {
	found := said(asking({"action": "sort"}), {})
	[found.decision, found.go, found.code] == ["automatic", true, "released"]
}

test_a_named_release_waits_for_its_approval if {
	found := said(asking({"action": "invoice-copy"}), {})
	[found.decision, found.go, found.code] == ["named", false, "approval_needed"]
	found.version == "h1:now"
}

test_a_named_release_goes_with_its_approval if {
	approval := {"by": "hana", "at": "2026-11-20T11:59:00Z", "digest": "sha256:this"}
	found := said(asking({"action": "invoice-copy", "digest": "sha256:this", "approval": approval}), {})
	[found.decision, found.go, found.code] == ["named", true, "released"]
}

test_nothing_runs_on_what_was_refused if {
	said(asking({"version": "h1:other"}), {}) == {
		"decision": "deny",
		"go": false,
		"code": "stale_version",
		"version": "h1:now",
		"models": [],
		"prompt": null,
		"fallback": {"file": "fallback.md", "tell": "#support-leads"},
		"revision": "c0ffee-h1:policies",
		"seq": 41,
	}
}

test_the_version_before_goes_on_for_a_while if {
	found := said(asking({"version": "h1:before"}), {})
	[found.decision, found.code, found.version] == ["review", "rollover", "h1:before"]
	found.prompt.digest == "h1:prompt-before"
}

test_the_way_back_runs_with_what_it_ran_with if {
	found := said(asking({"version": "h1:before"}), object.union(stop("h1:now"), back("h1:before")))
	[found.decision, found.code, found.version] == ["review", "released", "h1:before"]
	found.models[0].id == "fenwick/older-2026-01-01"
}

test_ways_back_that_differ_name_no_version if {
	held := {"rollbacks": {"billing-replies": object.union(back("h1:before").rollbacks["billing-replies"], back("h1:now").rollbacks["billing-replies"])}}
	found := said(testing.asked, held)
	[found.decision, found.code, found.version] == ["deny", "rollbacks_disagree", null]
}

test_a_way_back_to_nothing_names_no_version if {
	found := said(testing.asked, back("h1:nowhere"))
	[found.decision, found.code, found.version] == ["deny", "rollback_unusable", null]
}

test_a_point_without_a_bundle_denies_all if {
	found := countersign.decision with input as testing.asked with data.control as testing.control
	[found.decision, found.go, found.code, found.fallback, found.seq] == ["deny", false, "no_catalog", null, null]
}

test_no_question_is_denied if {
	found := countersign.decision with data.catalog as testing.catalog with data.control as testing.control
	[found.decision, found.go, found.code, found.version] == ["deny", false, "malformed_input", null]
}

test_what_cannot_be_decided_is_denied if {
	found := with_catalog(testing.asked, {"/workflows/billing-replies/actions/late-fee-question": {"effect": "draft"}})
	[found.decision, found.go, found.code] == ["deny", false, "undecided"]
}

test_a_lease_that_ran_out_still_names_the_fallback if {
	found := said(testing.asked, {"lease": {"until": "2026-11-20T11:59:59Z"}})
	[found.decision, found.code, found.fallback.file] == ["deny", "lease_ended", "fallback.md"]
}
