package countersign.gate.note["one-page_test"]

import data.countersign.gate.note["one-page"] as one_page
import data.countersign.testing

test_a_short_note_passes if found({}) == set()

test_a_full_page_passes if found({"/workflows/0/after/note_lines": 60}) == set()

test_one_line_more_is_refused if {
	found({"/workflows/0/after/note_lines": 61}) == {["billing-replies", "workflow", "Must fit a note of 60 lines (got 61)"]}
}

test_a_deleted_workflow_has_no_note if found({"/workflows/0/after": null}) == set()

test_a_retired_workflow_is_left_alone if {
	found({"/workflows/0/after/note_lines": 61, "/workflows/0/after/state/state": "retired"}) == set()
}

found(changes) := {[hit.workflow, hit.field, hit.message] | some hit in hits} if {
	hits := one_page.findings with input as testing.given(changes)
}
