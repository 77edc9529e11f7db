package countersign.gate.waiver.expired_test

import data.countersign.gate.waiver.expired
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

test_a_waiver_holds_through_its_last_day if {
	found("all", {"days_left": 0}) == set()
	found("all", {"days_left": 12}) == set()
}

test_a_waiver_past_its_last_day_is_refused if {
	found("all", {"days_left": -1}) == {["waivers[0].until", "Must not be past its last day (got 1 d past)"]}
}

test_a_waiver_is_not_added_after_its_end if count(found("change", {"days_left": -30})) == 1

test_a_malformed_waiver_gets_one_finding if {
	found("all", {"days_left": -1, "days": 0}) == set()
	found("all", {"days_left": -1, "days": -3}) == set()
	found("all", {"days_left": null, "days": null}) == set()
	found("all", {"days_left": -1, "problems": ["from is not a date"]}) == set()
}

test_a_change_elsewhere_is_not_stopped if {
	hits := expired.findings with input as testing.given({"/team_after/waivers": [object.union(waiver, {"days_left": -1})]})
	hits == set()
}

found(mode, rest) := {[hit.field, hit.message] | some hit in hits; hit.workflow == null} if {
	changes := {"/mode": mode, "/team_changed": true, "/team_after/waivers": [object.union(waiver, rest)]}
	hits := expired.findings with input as testing.given(changes)
}
