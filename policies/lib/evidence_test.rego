package countersign.lib.evidence_test

import data.countersign.lib.evidence
import data.countersign.lib.proof
import data.countersign.testing

bad := object.union(testing.drill("after", 1), {"outcome": "failed"})

other := object.union(testing.drill("after", 1), {"version": "h1:other"})

elsewhere := object.union(other, {"rollback_digest": "h1:other"})

test_high_looks_at_the_version if {
	ages("high", [other, testing.drill("after", 7)]) == [7]
}

test_low_and_medium_look_at_the_rollback_digest if {
	every tier in ["low", "medium"] { ages(tier, [elsewhere, other, testing.drill("after", 7)]) == [1, 7] }
}

test_a_local_drill_counts_at_the_desk_only if {
	own := object.union(testing.drill("after", 2), {"local": true})
	every tier in ["low", "medium", "high"] { ages(tier, [own]) == [] }
	relevant := evidence.relevant with input as given("high", [own], {"/assurance": "desk"})
	count(relevant["billing-replies"]) == 1
}

test_a_drill_from_the_future_is_no_evidence if {
	every tier in ["low", "medium", "high"] {
		ages(tier, [testing.drill("after", -2)]) == []
		ages(tier, [testing.drill("after", -1)]) == [-1]
	}
}

test_a_deleted_workflow_has_no_evidence if {
	relevant := evidence.relevant with input as given("high", [testing.drill("after", 2)], {"/workflows/0/after": null})
	relevant == {}
}

test_the_newest_passed_drill_is_found if {
	passed := evidence.passed with input as given("high", [bad, testing.drill("after", 2), testing.drill("after", 3)], {})
	passed["billing-replies"].age_days == 2
}

test_no_passed_drill_is_none if {
	passed := evidence.passed with input as given("high", [bad], {})
	passed == {}
}

test_one_workflow_without_evidence_hides_no_other if {
	bare := object.union(testing.workflow, {"name": "a-bare-one", "drills": []})
	passed := evidence.passed with input as testing.given({"/workflows": [bare, testing.workflow]})
	object.keys(passed) == {"billing-replies"}
}

test_a_live_workflow_that_changes_needs_evidence if required({}) == {"billing-replies"}

test_what_does_not_run_needs_none if {
	every state in ["proposed", "paused", "retired"] { required({"/workflows/0/after/state/state": state}) == set() }
}

test_what_does_not_change_needs_none_but_in_the_whole_repository if {
	same := {"/workflows/0/status": "unchanged", "/workflows/0/delta": [], "/workflows/0/before": testing.side("after")}
	required(same) == set()
	required(object.union(same, {"/mode": "all"})) == {"billing-replies"}
}

test_a_recorded_version_is_in_date_up_to_the_limit if {
	every tier, days in {"low": 365, "medium": 90, "high": 30} {
		in_date(tier, [testing.drill("before", days)])
		not in_date(tier, [testing.drill("before", days + 1)])
	}
}

test_a_recorded_version_without_drills_is_not_in_date if {
	every tier in ["low", "medium", "high", "unheard-of"] { not in_date(tier, []) }
}

test_a_tier_that_nobody_knows_is_never_in_date if not in_date("unheard-of", [testing.drill("before", 1)])

test_a_recorded_version_whose_newest_drill_failed_is_not_in_date if {
	failed := object.union(testing.drill("before", 1), {"outcome": "failed"})
	not in_date("high", [failed, testing.drill("before", 2)])
	in_date("high", [testing.drill("before", 1), failed])
}

test_an_old_passed_drill_after_a_newer_failed_one_proves_nothing if {
	failed := object.union(testing.drill("before", 2), {"outcome": "failed"})
	not in_date("high", [testing.drill("before", 31), failed])
}

test_the_sandbox_proves_low_and_medium_only if {
	sandbox := object.union(testing.drill("before", 1), {"target": "sandbox"})
	in_date("low", [sandbox])
	in_date("medium", [sandbox])
	not in_date("high", [sandbox])
	in_date("high", [sandbox, testing.drill("before", 30)])
}

test_a_drill_of_another_version_proves_low_and_medium_only if {
	in_date("low", [testing.drill("after", 1)])
	in_date("medium", [testing.drill("after", 1)])
	not in_date("high", [testing.drill("after", 1)])
	not in_date("low", [elsewhere])
}

test_local_evidence_of_a_recorded_version_counts_at_the_desk_only if {
	own := [object.union(testing.drill("before", 1), {"local": true})]
	not in_date("high", own)
	recorded := object.union(testing.recorded("before", 9), {"drills": own})
	proof.version_in_date("high", recorded) with input as testing.given({"/assurance": "desk"})
}

in_date(tier, drills) if {
	recorded := object.union(testing.recorded("before", 400), {"drills": drills})
	proof.version_in_date(tier, recorded) with input as testing.facts
}

required(changes) := names if {
	names := evidence.required with input as testing.given(changes)
}

ages(tier, drills) := [drill.age_days | some drill in relevant["billing-replies"]] if {
	relevant := evidence.relevant with input as given(tier, drills, {})
}

given(tier, drills, rest) := testing.given(object.union(rest, object.union(
	{
		"/workflows/0/before/manifest/risk/tier": tier,
		"/workflows/0/drills": drills,
	},
	{"/workflows/0/after/manifest/risk/tier": tier | not rest["/workflows/0/after"]},
)))
