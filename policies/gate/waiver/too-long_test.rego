package countersign.gate.waiver["too-long_test"]

import data.countersign.gate.waiver["too-long"] as too_long
import data.countersign.testing

waiver := {
	"rule": "rollback.stale",
	"workflow": "billing-replies",
	"owner": "ana",
	"reason": "The staging target is being built.",
	"days": 60,
	"days_left": 12,
	"index": 0,
	"problems": [],
}

test_ninety_days_pass if found("all", {"days": 90}) == set()

test_one_day_passes if found("all", {"days": 1, "days_left": 0}) == set()

test_ninety_one_days_are_refused if {
	found("all", {"days": 91}) == {["waivers[0].until", "Must last at most 90 d (got 91 d)"]}
}

test_a_long_waiver_is_not_added if count(found("change", {"days": 3654})) == 1

test_a_malformed_waiver_gets_one_finding if {
	found("all", {"days": 91, "problems": ["reason is missing"]}) == set()
	found("all", {"days": null}) == set()
	found("all", {"days": 91, "days_left": null}) == set()
}

found(mode, rest) := {[hit.field, hit.message] | some hit in hits; hit.workflow == null} if {
	changes := {"/mode": mode, "/team_changed": true, "/team_after/waivers": [object.union(waiver, rest)]}
	hits := too_long.findings with input as testing.given(changes)
}
