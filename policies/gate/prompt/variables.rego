# METADATA
# title: Variables used are the variables declared
# description: A prompt uses exactly the variables that its front matter declares, and no logic.
# scope: package
# custom:
#   solution: Declare each variable under `input` in the prompt's front matter, drop those not used, and write {{name}} only.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.prompt.variables

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in uneven
	declared := workflow.after.prompt.declared
	some name in workflow.after.prompt.used
	not name in declared
	field := sprintf("files[%s].input.schema", [file(workflow)])
	message := sprintf("Must declare each variable that it uses: %s (%s is not)", [file(workflow), name])
}

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in uneven
	used := workflow.after.prompt.used
	some name in workflow.after.prompt.declared
	not name in used
	field := sprintf("files[%s].input.schema.%s", [file(workflow), name])
	message := sprintf("Must use each variable that it declares: %s (%s is not)", [file(workflow), name])
}

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.standing
	some construct in workflow.after.prompt.logic
	field := sprintf("files[%s]", [file(workflow)])
	message := sprintf("Must hold no logic: %s (got %s)", [file(workflow), construct])
}

findings contains {"workflow": workflow.name, "field": "prompt", "message": message} if {
	some workflow in workflows.standing
	workflow.after.prompt == null
	workflow.after.manifest.prompt != null
	message := sprintf("Must name a prompt file that can be read (%s cannot)", [file(workflow)])
}

file(workflow) := workflow.after.manifest.prompt

# Most prompts list the same names in the same order; only the others need a closer look.
uneven := [workflow |
	some workflow in workflows.standing
	workflow.after.prompt.used != workflow.after.prompt.declared
]
