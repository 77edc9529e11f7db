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

# Whoever read the file knows the line; no other rule needs to say where.
findings contains object.union(problem, {"workflow": workflow.name}) if {
	some workflow in input.workflows
	some problem in workflow.problems
}
