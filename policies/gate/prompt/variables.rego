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

findings contains {"workflow": workflow.name, "field": "prompt", "message": message} if {
	some workflow in workflows.standing
	workflow.after.prompt != null
	some message in flaws(workflow.after.prompt)
}

findings contains {"workflow": workflow.name, "field": "prompt", "message": message} if {
	some workflow in workflows.standing
	workflow.after.prompt == null
	workflow.after.manifest.prompt != null
	message := sprintf("Must be readable as a prompt: %s", [workflow.after.manifest.prompt])
}

flaws(prompt) := {message | some message in array.concat(mismatches(prompt), logic(prompt))}

mismatches(prompt) := [message |
	some verb, names in {"declare": used(prompt) - declared(prompt), "use": declared(prompt) - used(prompt)}
	some name in names
	message := sprintf("Must %s the variable %s", [verb, name])
]

logic(prompt) := [message |
	some construct in prompt.logic
	message := sprintf("Must hold no logic (got %s)", [construct])
]

used(prompt) := {name | some name in prompt.used}

declared(prompt) := {name | some name in prompt.declared}
