# METADATA
# title: Workflows
# description: The workflows that rules look at. It imports nothing, so that every other library may import it.
package countersign.lib.workflows

# Those that can be judged; the others yield workflow.schema and nothing else.
sound := [workflow | some workflow in input.workflows; workflow.problems == []]

# Those that may yet run: what a manifest must be, it must be in these. What is gone has no state.
standing := [workflow |
	some workflow in sound
	workflow.after.state.state != "retired"
]
