# METADATA
# title: People can take over
# description: The fallback is a file a person can follow, with numbered steps, who is told, and where the work goes.
# scope: package
# custom:
#   solution: >-
#     Name the file and the channel under `fallback`; write numbered steps, who is told (the same channel), and the
#     queue or template that takes the work.
#   severity: deny
#   waivable: false
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.fallback.usable

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "fallback", "message": message} if {
	some workflow in workflows.standing
	workflow.after.manifest.fallback == null
	message := "Must name a fallback: `file` and `tell` (got none)"
}

findings contains {"workflow": workflow.name, "field": "fallback.file", "message": message} if {
	some workflow in workflows.standing
	workflow.after.fallback == null
	message := sprintf("Must name a fallback file that can be read (%s cannot)", [file(workflow)])
}

findings contains {"workflow": workflow.name, "field": place(workflow), "message": message} if {
	some workflow in workflows.standing
	steps := workflow.after.fallback.steps
	steps < 2
	message := sprintf("Must have at least 2 numbered steps: %s (got %d)", [file(workflow), steps])
}

findings contains {"workflow": workflow.name, "field": place(workflow), "message": message} if {
	some workflow in workflows.standing
	some key, part in parts
	workflow.after.fallback[key] == false
	message := sprintf("Must say %s: %s", [part, file(workflow)])
}

findings contains {"workflow": workflow.name, "field": place(workflow), "message": message} if {
	some workflow in workflows.standing
	workflow.after.fallback.mentions_tell == false
	tell := workflow.after.manifest.fallback.tell
	message := sprintf("Must mention whom `fallback.tell` names: %s (%s is not)", [file(workflow), tell])
}

parts := {
	"told": "who is told",
	"destination": "where the work goes, such as a queue or a template",
}

place(workflow) := sprintf("files[%s]", [file(workflow)])

file(workflow) := workflow.after.manifest.fallback.file
