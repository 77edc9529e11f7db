package countersign.gate.records["hand-made_test"]

import data.countersign.gate.records["hand-made"] as hand_made
import data.countersign.testing

test_other_files_pass if {
	every path in ["docs/records.md", "catalog/records/read.py", "a.json", "dsse.json", "records"] {
		control(path, "added") == set()
	}
}

test_everything_below_records_is_refused if {
	control("records/a", "added") == {[
		null, "records/a",
		"Must not be made by hand: records/a looks like a record",
	]}
}

test_records_are_told_by_their_ending if {
	every ending in [".dsse.json", ".intoto.json", ".intoto.jsonl", ".DSSE.json"] {
		count(control(concat("", ["docs/x", ending]), "edited")) == 1
	}
}

test_case_hides_nothing if count(control("Records/a.json", "added")) == 1

test_a_record_may_be_taken_out if control("records/a.dsse.json", "deleted") == set()

test_a_record_in_a_workflow_is_refused if {
	every path in ["a.dsse.json", "records/a", "x.Intoto.json"] {
		message := sprintf("Must not be made by hand: %s looks like a record", [path])
		folder(path, true) == {["billing-replies", sprintf("files[%s]", [path]), message]}
	}
}

test_a_record_may_be_taken_out_of_a_workflow if folder("a.dsse.json", false) == set()

test_a_deleted_workflow_holds_no_record if {
	hits := hand_made.findings with input as testing.given({
		"/workflows/0/after": null,
		"/workflows/0/changed_paths": ["a.dsse.json"],
	})
	hits == set()
}

test_a_record_that_was_there_is_not_this_changes_doing if {
	hits := hand_made.findings with input as testing.given({"/workflows/0/after/files/a.dsse.json": {"kind": "file", "size": 9}})
	hits == set()
}

test_other_files_of_a_workflow_pass if folder("notes.md", true) == set()

control(path, status) := {[hit.workflow, hit.field, hit.message] | some hit in hits} if {
	hits := hand_made.findings with input as testing.given({"/change/control/paths": [{"path": path, "status": status}]})
}

folder(path, kept) := {[hit.workflow, hit.field, hit.message] | some hit in hits} if {
	files := {name: {"kind": "file", "size": 9} | some name in [path]; kept}
	changes := {"/workflows/0/changed_paths": [path, "reply.prompt"], "/workflows/0/after/files": files}
	hits := hand_made.findings with input as testing.given(changes)
}
