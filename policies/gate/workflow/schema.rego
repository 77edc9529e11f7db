# METADATA
# title: Readable and complete
# description: Every file of a workflow can be read, and fits its schema.
# scope: package
# custom:
#   solution: Correct the field named here; docs/manifest.md shows every field with an example.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.workflow.schema

findings contains {"workflow": workflow.name, "field": problem.field, "message": message} if {
	some workflow in input.workflows
	some problem in workflow.problems
	message := sprintf("%s (in %s)", [problem.message, problem.file])
}
