package countersign.gate.approver.author_test

import data.countersign.gate.approver.author as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

by(ids) := {"/change/authors": ids}

tier(grade) := {
	"/workflows/0/before/manifest/risk/tier": grade,
	"/workflows/0/after/manifest/risk/tier": grade,
}

solo := {"/team/solo": true, "/team/deputy": null}

refused(duty, authors) := {["approver", message]} if {
	message := sprintf("Must leave somebody to %s who did not write it and is here (written by %s)", [duty, authors])
}

test_somebody_elses_change_passes if found({}) == set()

test_a_deputy_is_enough if {
	found(by(["finn"])) == set()
	found(by(["cleo", "finn"])) == set()
}

# T02
test_nobody_left_at_high_is_refused if {
	found(by(["finn", "cleo", "ana"])) == refused("countersign at high", "ana, cleo, finn")
}

test_absence_counts_like_authorship if {
	away := {"/team/people/cleo/away": true, "/team/people/ana/left": true}
	found(object.union(by(["finn"]), away)) == refused("countersign at high", "finn")
}

test_nobody_left_at_medium_is_refused if {
	found(object.union(by(["ana", "ben", "cleo", "finn"]), tier("medium"))) == refused(
		"countersign at medium",
		"ana, ben, cleo, finn",
	)
	found(object.union(by(["ana", "ben", "cleo"]), tier("medium"))) == set()
}

test_low_needs_nobody if found(object.union(by(["ana", "ben", "cleo", "finn"]), tier("low"))) == set()

test_solo_approves_their_own_up_to_medium if {
	alone := object.union(solo, by(["ana", "ben", "cleo", "finn"]))
	found(object.union(alone, tier("medium"))) == set()
	found(object.union(alone, tier("high"))) == refused("countersign at high", "ana, ben, cleo, finn")
}

test_nobody_left_for_the_owner_is_refused if {
	new := {"/workflows/0/status": "added", "/workflows/0/before": null}
	found(object.union(new, by(["ana", "ben"]))) == refused("approve for the owner", "ana, ben")
	found(object.union(new, by(["ana"]))) == set()
}

test_no_approver_is_another_rules_matter if {
	nobody := {"/workflows/0/after/manifest/approver": null}
	found(object.union(nobody, by(["finn", "cleo", "ana"]))) == set()
}

test_each_workflow_is_judged_by_its_own_approver if {
	second := object.union(testing.workflow, {"name": "triage", "after": object.union(
		testing.workflow.after,
		{"manifest": object.union(testing.manifest, {"approver": null})},
	)})
	found({"/workflows/-": second}) == set()
}

test_narrowing_needs_nobody_else if {
	pause := {"/workflows/0/delta": [testing.step("state.state", "state.state", "live", "paused")]}
	found(object.union(pause, by(["finn", "cleo", "ana"]))) == set()
}
