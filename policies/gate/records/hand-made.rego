# METADATA
# title: Records are not made by hand
# description: >-
#   No change adds or edits a file that looks like a record; records come from the trusted pipeline, on their own
#   branch.
# scope: package
# custom:
#   solution: Take the file out of the change; the pipeline writes records to the branch `records` by itself.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.records["hand-made"]

import data.countersign.lib.workflows

findings contains {"workflow": null, "field": entry.path, "message": message} if {
	some entry in input.change.control.paths
	entry.status != "deleted"
	looks_like_record(entry.path)
	message := sprintf("Must not be made by hand: %s looks like a record", [entry.path])
}

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.sound
	some path in workflow.changed_paths
	workflow.after.files[path]
	looks_like_record(path)
	field := sprintf("files[%s]", [path])
	message := sprintf("Must not be made by hand: %s looks like a record", [path])
}

looks_like_record(path) if regex.match(`(?i)^records/`, path)

looks_like_record(path) if regex.match(`(?i)\.(dsse\.json|intoto\.jsonl?)$`, path)
