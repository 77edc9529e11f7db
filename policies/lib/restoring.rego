# METADATA
# title: Restoring
# description: Which changes only bring back a prompt and models that ran before and are still proved good.
package countersign.lib.restoring

import data.countersign.lib.orders
import data.countersign.lib.proof
import data.countersign.lib.tier

# `wide`: the paths of the change that may give more power. All of them must be what is brought back.
restores(workflow, wide) if {
	input.records == "readable"
	wide != set()
	wide - brought_back(workflow) == set()
	not touches_state(workflow)
	some recorded in workflow.recorded
	matches(workflow.after, recorded)
	good(workflow, recorded)
}

brought_back(workflow) := {step.path |
	some step in workflow.delta
	of_prompt_or_models(step, prompt_files(workflow))
}

of_prompt_or_models(step, _) if {
	step.field in {"prompt", "models[]", "models[].when", "models[].id", "models[].why"}
}

of_prompt_or_models(step, _) if {
	step.field == "order"
	step.path == "models"
}

of_prompt_or_models(step, files) if step.path in files

# Of a prompt that was renamed, the file that is left over is not what comes back.
prompt_files(workflow) := {sprintf("files[%s]", [name]) |
	some side in [workflow.before, workflow.after]
	name := side.manifest.prompt
	name != null
	comes_or_goes(workflow.after, name)
}

comes_or_goes(after, name) if name == after.manifest.prompt

comes_or_goes(after, name) if not after.files[name]

touches_state(workflow) if {
	some step in workflow.delta
	startswith(step.field, "state.")
	not orders.puts_on_file(workflow, step)
}

matches(after, recorded) if {
	is_string(after.prompt_digest)
	after.prompt_digest == recorded.prompt_digest
	after.manifest.models == recorded.models
}

# It ran, nothing stopped it, and what proved it then proves it still.
good(workflow, recorded) if {
	recorded.state == "live"
	recorded.stopped == false
	stopped_versions(workflow) & {recorded.version, "*"} == set()
	proof.version_in_date(tier.of[workflow.name], recorded)
}

stopped_versions(workflow) := {entry.version |
	some side in [workflow.before, workflow.after]
	some entry in side.state.stopped
}
