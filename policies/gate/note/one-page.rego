# METADATA
# title: The operating note fits one page
# description: The note that answers the five questions about a workflow is at most 60 lines long.
# scope: package
# custom:
#   solution: >-
#     Run `countersign note` on the workflow and shorten the manifest, or split the job into narrower workflows.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.note["one-page"]

import data.countersign.lib.workflows

max_lines := 60

findings contains {"workflow": workflow.name, "field": "workflow", "message": message} if {
	some workflow in workflows.standing
	lines := workflow.after.note_lines
	lines > max_lines
	message := sprintf("Must fit a note of %d lines (got %d)", [max_lines, lines])
}
