package countersign.gate.rollback.untested_test

import data.countersign.gate.rollback.untested
import data.countersign.testing

test_a_rehearsed_version_passes if messages({}) == set()

test_no_drill_waits_for_one if messages({"/workflows/0/drills": []}) == {"Must have a passed drill of this version (got none)"}

test_a_failed_drill_is_no_passed_one if count(messages({"/workflows/0/drills/0/outcome": "failed"})) == 1

test_high_needs_a_drill_of_the_version if count(messages({"/workflows/0/drills/0/version": "h1:other"})) == 1

test_low_and_medium_need_a_drill_of_the_rollback_digest if {
	every tier in ["low", "medium"] {
		messages(object.union(of_tier(tier), {"/workflows/0/drills/0/version": "h1:other"})) == set()
		missing := messages(object.union(of_tier(tier), {"/workflows/0/drills/0/rollback_digest": "h1:other"}))
		missing == {"Must have a passed drill of this rollback digest (got none)"}
	}
}

test_a_launch_needs_a_drill if {
	count(messages({"/workflows/0/before/state/state": "proposed", "/workflows/0/drills": []})) == 1
}

test_what_does_not_run_needs_no_drill if {
	every state in ["proposed", "paused", "retired"] {
		messages({"/workflows/0/after/state/state": state, "/workflows/0/drills": []}) == set()
	}
}

test_the_whole_repository_needs_drills if {
	same := {"/mode": "all", "/workflows/0/status": "unchanged", "/workflows/0/delta": []}
	unchanged := object.union(same, {"/workflows/0/before": testing.side("after"), "/workflows/0/drills": []})
	count(messages(unchanged)) == 1
	messages(object.union(unchanged, {"/mode": "change"})) == set()
}

test_the_pipeline_can_run_it if {
	hits := untested.findings with input as testing.given({"/workflows/0/drills": []})
	hits == {{
		"workflow": "billing-replies",
		"field": "rollback.drill",
		"message": "Must have a passed drill of this version (got none)",
		"who": [],
	}}
}

of_tier(tier) := {"/workflows/0/before/manifest/risk/tier": tier, "/workflows/0/after/manifest/risk/tier": tier}

messages(changes) := {hit.message | some hit in hits} if {
	hits := untested.findings with input as testing.given(changes)
}
