# METADATA
# title: The prompt names no model
# description: A prompt's front matter names no model, since the manifest does.
# scope: package
# custom:
#   solution: Remove `model` from the prompt's front matter, and put it under `models` in workflow.yaml with a reason.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.prompt.model

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.standing
	model := workflow.after.prompt.model
	model != null
	file := workflow.after.manifest.prompt
	field := sprintf("files[%s].model", [file])
	message := sprintf("Must name no model in the front matter: %s (got %s)", [file, model])
}
