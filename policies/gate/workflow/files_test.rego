package countersign.gate.workflow.files_test

import data.countersign.gate.workflow.files as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

files := "/workflows/0/after/files"

test_files_named_plain_and_there_pass if found({}) == set()

test_an_unnamed_file_is_refused if {
	found({concat("/", [files, "notes.txt"]): {"kind": "file", "size": 1}}) == {[
		"files[notes.txt]",
		"Must be named in workflow.yaml or removed: notes.txt",
	]}
}

test_a_missing_file_is_refused if {
	found({"/workflows/0/after/named": array.concat(testing.file_names, ["z.prompt"])}) == {[
		"files[z.prompt]",
		"Must be in the folder, since workflow.yaml names it: z.prompt",
	]}
}

test_only_plain_text_files_pass if {
	every kind in ["executable", "symlink", "submodule", "lfs", "binary", "something new"] {
		found({concat("/", [files, "reply.prompt"]): {"kind": kind, "size": 1}}) == {[
			"files[reply.prompt]",
			sprintf("Must be a plain text file: reply.prompt (got %s)", [kind]),
		]}
	}
}

test_some_kinds_are_told_in_words if {
	every kind, words in {"crlf": "CRLF line ends", "hidden": "hidden characters", "large": "more than 1 MiB"} {
		found({concat("/", [files, "reply.prompt"]): {"kind": kind, "size": 1}}) == {[
			"files[reply.prompt]",
			sprintf("Must be a plain text file: reply.prompt (got %s)", [words]),
		]}
	}
}

test_an_unnamed_link_is_refused_for_both if {
	count(found({concat("/", [files, "x"]): {"kind": "symlink", "size": 1}})) == 2
}

test_an_empty_folder_lacks_every_file if count(found({files: {}})) == count(testing.file_names)

test_a_deleted_workflow_passes if found({"/workflows/0/status": "deleted", "/workflows/0/after": null}) == set()
