package countersign.gate.approver.eligible_test

import data.countersign.gate.approver.eligible as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

must(what) := {["approver", sprintf("Must name an approver who %s", [what])]}

test_an_eligible_approver_passes if found({}) == set()

test_an_approver_who_is_away_has_a_stand_in if found({"/team/people/finn/away": true}) == set()

test_nobody_to_stand_in_is_refused if {
	away := {sprintf("/team/people/%s/away", [id]): true | some id in ["ana", "cleo", "finn"]}
	found(away) == must("has somebody to stand in while away (got finn)")
}

test_an_approver_who_left_is_refused if {
	found({"/team/people/finn/left": true}) == must("has not left the team (got finn)")
}

# T04
test_an_unknown_approver_is_refused if {
	found({"/workflows/0/after/manifest/approver": "fin"}) == must("is in team/people.yaml (got fin)")
}

test_an_approver_of_lower_tiers_is_refused if {
	found({"/workflows/0/after/manifest/approver": "dana"}) == must("may approve high (got dana)")
}

test_the_stricter_tier_counts if {
	found({
		"/workflows/0/after/manifest/approver": "dana",
		"/workflows/0/after/manifest/risk/tier": "low",
	}) == must("may approve high (got dana)")
}

# T01
test_the_changes_own_team_does_not_judge if {
	found({
		"/workflows/0/after/manifest/approver": "dana",
		"/team_after/people/dana/may": ["low", "medium", "high"],
	}) == must("may approve high (got dana)")
}

test_no_approver_is_another_rules_matter if found({"/workflows/0/after/manifest/approver": null}) == set()

test_nobody_at_all_may_approve if {
	nobody := {sprintf("/team/people/%s/may", [id]): [] | some id, _ in testing.team.people}
	found(nobody) == must("may approve high (got finn)")
}

test_a_retired_workflow_passes if {
	found({"/workflows/0/after/state/state": "retired", "/team/people/finn/left": true}) == set()
}
