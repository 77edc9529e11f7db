package countersign.gate.fallback.usable_test

import data.countersign.gate.fallback.usable
import data.countersign.testing

test_a_usable_fallback_passes if found({}) == set()

test_no_fallback_is_one_finding if {
	found({"/workflows/0/after/manifest/fallback": null, "/workflows/0/after/fallback": null}) == {[
		"fallback",
		"Must name a fallback: `file` and `tell` (got none)",
	]}
}

test_an_unreadable_file_is_one_finding if {
	found({"/workflows/0/after/fallback": null}) == {[
		"fallback.file",
		"Must name a fallback file that can be read (fallback.md cannot)",
	]}
}

test_steps_are_numbered_and_at_least_two if {
	every steps in [0, 1] {
		message := sprintf("Must have at least 2 numbered steps: fallback.md (got %d)", [steps])
		found({"/workflows/0/after/fallback/steps": steps}) == {["files[fallback.md]", message]}
	}
	found({"/workflows/0/after/fallback/steps": 2}) == set()
}

test_somebody_is_told if {
	found({"/workflows/0/after/fallback/told": false}) == {["files[fallback.md]", "Must say who is told: fallback.md"]}
}

test_the_work_goes_somewhere if {
	found({"/workflows/0/after/fallback/destination": false}) == {[
		"files[fallback.md]",
		"Must say where the work goes, such as a queue or a template: fallback.md",
	]}
}

test_the_file_mentions_who_the_manifest_tells if {
	found({"/workflows/0/after/fallback/mentions_tell": false}) == {[
		"files[fallback.md]",
		"Must mention whom `fallback.tell` names: fallback.md (#support-leads is not)",
	]}
}

test_every_flaw_is_named if {
	nothing := {"steps": 0, "told": false, "destination": false, "mentions_tell": false}
	count(found({"/workflows/0/after/fallback": nothing})) == 4
}

test_a_retired_workflow_needs_no_fallback if {
	found({"/workflows/0/after/state/state": "retired", "/workflows/0/after/fallback": null}) == set()
}

test_a_draft_needs_one if {
	found({"/workflows/0/after/state/state": "proposed", "/workflows/0/after/fallback": null}) != set()
}

found(changes) := {[hit.field, hit.message] | some hit in hits; hit.workflow == "billing-replies"} if {
	hits := usable.findings with input as testing.given(changes)
}
