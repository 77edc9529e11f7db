# METADATA
# title: Every file is named, plain and there
# description: Every file in a workflow's folder is named by its manifest and is a plain text file, and every file named is there.
# scope: package
# custom:
#   solution: Name the file in workflow.yaml, add it, or remove it; replace links, submodules, LFS pointers and binary files by plain text with LF line ends, of at most 1 MiB.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.workflow.files

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": place(path), "message": message} if {
	some workflow in untidy
	some path, file in workflow.after.files
	file.kind != "file"
	message := sprintf("Must be a plain text file: %s (got %s)", [path, object.get(words, file.kind, file.kind)])
}

findings contains {"workflow": workflow.name, "field": place(path), "message": message} if {
	some workflow in untidy
	some path in (object.keys(workflow.after.files) - {name | some name in workflow.after.named})
	message := sprintf("Must be named in workflow.yaml or removed: %s", [path])
}

findings contains {"workflow": workflow.name, "field": place(path), "message": message} if {
	some workflow in untidy
	some path in ({name | some name in workflow.after.named} - object.keys(workflow.after.files))
	message := sprintf("Must be in the folder, since workflow.yaml names it: %s", [path])
}

# Where the folder holds anything but one plain file for each name.
untidy := [workflow |
	some workflow in workflows.sound
	{path: file.kind | some path, file in workflow.after.files} != {name: "file" | some name in workflow.after.named}
]

words := {"crlf": "CRLF line ends", "hidden": "hidden characters", "large": "more than 1 MiB"}

place(path) := sprintf("files[%s]", [path])
