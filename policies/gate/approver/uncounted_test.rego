package countersign.gate.approver.uncounted_test

import data.countersign.gate.approver.uncounted as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

approved(approvals) := {"/workflows/0/approvals": approvals}

after(person) := approved([testing.approval(person, "after")])

tier(grade) := {
	"/workflows/0/before/manifest/risk/tier": grade,
	"/workflows/0/after/manifest/risk/tier": grade,
}

pause := {"/workflows/0/delta": [testing.step("state.state", "state.state", "live", "paused")]}

power := {"/workflows/0/delta": [testing.step("actions[a].release", "actions[].release", "named", "review")]}

uncounted(who, why) := {["approver", sprintf("Must not count the approval by %s: %s", [who, why])]}

not_asked := "their approval is not the one asked for"

test_what_counts_is_not_told if {
	found({}) == set()
	found(approved([])) == set()
}

# T03
test_another_version if {
	found(approved([testing.approval("finn", "before")])) == uncounted("finn", "it names another content")
}

test_nobody_known if {
	stranger := {"person": null, "forge": 999, "digest": "h1:countersigned-after", "age_days": 0, "how": "file", "void": null}
	found(approved([stranger])) == uncounted("forge user 999", "nobody in team/people.yaml has that forge id")
}

# T02
test_the_author if {
	found(after("hana")) == uncounted("hana", "nobody approves what they wrote")
	found(object.union(after("finn"), {"/change/authors": ["finn"]})) == uncounted(
		"finn",
		"nobody approves what they wrote",
	)
}

test_somebody_who_is_not_asked if {
	found(after("ben")) == uncounted("ben", not_asked)
	found(object.union(after("dana"), tier("medium"))) == uncounted("dana", not_asked)
}

test_each_one_is_told if {
	count(found(approved([testing.approval("finn", "before"), testing.approval("ben", "after")]))) == 2
}

test_anybody_eligible_counts_at_medium if found(object.union(after("ben"), tier("medium"))) == set()

test_the_named_approver_must_be_eligible_at_medium if {
	weak := object.union(tier("medium"), {"/team/people/finn/may": ["low", "high"]})
	found(object.union(after("finn"), weak)) == uncounted("finn", not_asked)
}

test_solo_counts_for_their_own if {
	solo := {"/team/solo": true, "/team/deputy": null, "/change/authors": ["ana"]}
	found(object.union(object.union(after("ana"), tier("medium")), solo)) == set()
}

test_nobody_is_asked_at_low if found(object.union(after("dana"), tier("low"))) == set()

test_the_owner_counts_where_the_owner_is_asked if {
	found(object.union(after("ana"), power)) == set()
	found(after("ana")) == uncounted("ana", not_asked)
}

test_both_count_in_a_hand_over if {
	over := {"/workflows/0/after/manifest/approver": "cleo"}
	every person in ["cleo", "finn"] {
		found(object.union(after(person), over)) == set()
	}
}

test_the_responsible_count_when_narrowing if {
	found(object.union(after("dana"), pause)) == set()
	found(object.union(after("ben"), pause)) == uncounted("ben", not_asked)
}

test_an_approval_of_a_deletion if {
	gone := {"/workflows/0/status": "deleted", "/workflows/0/after": null, "/workflows/0/countersigned": "h1:deletion"}
	found(gone) == uncounted("finn", "it names another content")
	found(object.union(gone, {"/workflows/0/approvals": []})) == set()
}

test_an_unchanged_workflow_passes if {
	same := {"/workflows/0/status": "unchanged", "/workflows/0/delta": [], "/workflows/0/before": null}
	found(object.union(same, approved([testing.approval("finn", "before")]))) == set()
}

clicked(person, mark, more) := object.union(
	object.union(testing.approval(person, mark), {"how": "button", "void": null}),
	more,
)

# A click as the forge's source gives it: once for the workflow, once for the paths outside.
click(person, mark, more) := {
	"/workflows/0/approvals": [clicked(person, mark, more)],
	"/change/control/approvals": [clicked(person, mark, {"digest": null})],
}

idle(who, why) := {["people", sprintf("Must not count the approval by %s: %s", [who, why])]}

# T03
test_a_click_before_the_last_push_is_told_with_its_time if {
	why := "it was given before the push of 10:42"
	found(click("finn", "before", {"void": why})) == uncounted("finn", why)
}

# T03
test_a_click_alone_at_high_is_told if {
	found(click("finn", "after", {})) == uncounted("finn", "it was a click alone, and a change at high is named in a note")
	found(object.union(click("finn", "after", {}), tier("medium"))) == set()
	found(click("finn", "after", {"how": "note"})) == set()
}

test_a_click_that_is_asked_for_nowhere_is_told_once if {
	found(click("ben", "after", {})) == idle("ben", not_asked)
	found(click("hana", "after", {})) == idle("hana", "nobody approves what they wrote")
	stranger := object.union(click("ben", "after", {}), {
		"/change/control/approvals/0/person": null,
		"/change/control/approvals/0/forge": 999,
	})
	found(stranger) == idle("forge user 999", "nobody in team/people.yaml has that forge id")
}

docs := {"/change/control/paths": [{"path": "docs/b.md", "status": "edited"}, {"path": "docs/a.md", "status": "edited"}]}

test_the_owners_click_of_other_paths if {
	approval := clicked("ana", "", {"digest": "tree:control"})
	found(object.union(docs, {"/change/control/approvals": [approval]})) == set()
	stale := object.union(approval, {"digest": "tree:earlier", "void": "it was given before the push of 10:42"})
	found(object.union(docs, {"/change/control/approvals": [stale]})) == {[
		"docs/a.md",
		"Must not count the approval by ana: it was given before the push of 10:42",
	]}
}
