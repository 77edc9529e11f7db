package countersign.gate.approver.countersign_test

import data.countersign.gate.approver.countersign as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

approved(people) := {"/workflows/0/approvals": [testing.approval(person, "after") | some person in people]}

tier(grade) := {
	"/workflows/0/before/manifest/risk/tier": grade,
	"/workflows/0/after/manifest/risk/tier": grade,
}

pause := {"/workflows/0/delta": [testing.step("state.state", "state.state", "live", "paused")]}

by(ids) := {"/change/authors": ids}

high(signer) := {["approver", message]} if {
	message := sprintf("Must be countersigned by %s (countersigned digest h1:countersigned-after)", [signer])
}

medium(signers) := {["approver", sprintf("Must be countersigned by %s (countersigned digest h1:countersigned-after)", [signers])]}

responsible(ids) := {["stop.by", sprintf("Must be written or approved by %s: on call, approver or owner", [ids])]}

who(changes) := {person |
	hits := rule.findings with input as testing.given(changes)
	some hit in hits
	some person in hit.who
}

test_countersigned_passes if found({}) == set()

test_high_needs_the_named_approver if {
	found(approved([])) == high("finn")
	found(approved(["ana", "ben", "cleo"])) == high("finn")
	who(approved([])) == {"finn"}
}

# T03
test_an_approval_of_other_content_does_not_count if {
	found({"/workflows/0/approvals": [testing.approval("finn", "before")]}) == high("finn")
	found({"/workflows/0/countersigned": "h1:later"}) != set()
}

# T03
test_at_high_a_click_is_followed_by_a_note if {
	clicked := [object.union(testing.approval("finn", "after"), {"how": "button"})]
	message := "Must be named by finn, who approved it, in a note: countersigned billing-replies h1:countersigned-after"
	found({"/workflows/0/approvals": clicked}) == {["approver", message]}
	who({"/workflows/0/approvals": clicked}) == {"finn"}
	found(object.union(tier("medium"), {"/workflows/0/approvals": clicked})) == set()
}

# T02
test_the_author_does_not_countersign if {
	found(by(["finn"])) == high("cleo")
	found(object.union(by(["finn"]), approved(["cleo"]))) == set()
}

# T04
test_the_new_approver_countersigns_a_hand_over if {
	found({"/workflows/0/after/manifest/approver": "cleo"}) == high("cleo")
}

# T05
test_the_stricter_tier_counts if {
	found(object.union(approved(["ben"]), {"/workflows/0/after/manifest/risk/tier": "low"})) == high("finn")
}

test_nobody_left_is_another_rules_matter if found(object.union(by(["ana", "cleo", "finn"]), approved([]))) == set()

test_medium_needs_anybody_eligible if {
	every person in ["ana", "ben", "cleo", "finn"] {
		found(object.union(tier("medium"), approved([person]))) == set()
	}
	found(object.union(tier("medium"), approved(["dana", "hana"]))) == medium("one of ana, ben, cleo, finn")
	who(object.union(tier("medium"), approved([]))) == {"ana", "ben", "cleo", "finn"}
}

test_an_author_is_not_anybody if {
	mine := object.union(tier("medium"), by(["ben"]))
	found(object.union(mine, approved(["ben"]))) == medium("one of ana, cleo, finn")
}

test_nobody_eligible_is_another_rules_matter if {
	found(object.union(object.union(tier("medium"), by(["ana", "ben", "cleo", "finn"])), approved([]))) == set()
}

test_low_needs_no_approval if found(object.union(tier("low"), approved([]))) == set()

test_narrowing_needs_one_responsible_author_or_approver if {
	every person in ["ana", "dana", "eli", "finn"] {
		found(object.union(object.union(pause, approved([])), by([person]))) == set()
		found(object.union(pause, approved([person]))) == set()
	}
}

test_what_on_call_signed_already_needs_nobody if {
	ordered := object.union(testing.on_file, approved([]))
	found(ordered) == set()
	found(object.union(ordered, {"/workflows/0/stops": []})) == responsible("one of ana, dana, eli, finn")
}

test_narrowing_by_somebody_else_waits if {
	found(object.union(pause, approved([]))) == responsible("one of ana, dana, eli, finn")
	found(object.union(pause, approved(["ben", "cleo"]))) == responsible("one of ana, dana, eli, finn")
	who(object.union(pause, approved([]))) == {"ana", "dana", "eli", "finn"}
}

test_a_stale_approval_does_not_narrow if {
	stale := {"/workflows/0/approvals": [testing.approval("dana", "before")]}
	found(object.union(pause, stale)) == responsible("one of ana, dana, eli, finn")
}

test_deleting_the_retired_needs_a_responsible_author if {
	gone := {
		"/workflows/0/status": "deleted",
		"/workflows/0/after": null,
		"/workflows/0/before/state/state": "retired",
		"/workflows/0/countersigned": "h1:deletion",
	}
	found(gone) == responsible("one of ana, dana, eli, finn")
	approval := object.union(testing.approval("dana", ""), {"digest": "h1:deletion"})
	found(object.union(gone, {"/workflows/0/approvals": [approval]})) == set()
	found(object.union(gone, by(["finn"]))) == set()
}

test_restoring_needs_what_narrowing_needs if {
	back := {"/workflows/0/after/prompt_digest": "h1:prompt-earlier"}
	found(object.union(back, approved([]))) == responsible("one of ana, dana, eli, finn")
	found(object.union(back, approved(["eli"]))) == set()
}

test_an_unchanged_workflow_needs_nothing if {
	same := {"/workflows/0/status": "unchanged", "/workflows/0/delta": [], "/workflows/0/before": null}
	found(object.union(same, approved([]))) == set()
}
