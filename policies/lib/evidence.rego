# METADATA
# title: Evidence
# description: What drills prove about each workflow, worked out once per workflow and keyed by its name.
package countersign.lib.evidence

import data.countersign.lib.change
import data.countersign.lib.proof
import data.countersign.lib.tier
import data.countersign.lib.workflows

# The live workflows whose evidence is judged: those a change alters, or every one when the whole repository is judged.
required contains workflow.name if {
	some workflow in workflows.standing
	workflow.after.state.state == "live"
	concerned(workflow)
}

# The drills that count for the after side, newest first; nothing where there are none at all.
relevant[workflow.name] := drills if {
	some workflow in workflows.sound
	workflow.drills != []
	workflow.after != null
	drills := proof.about(tier.of[workflow.name], workflow.after, workflow.drills)
}

# The newest passed drill, on whatever target.
passed[name] := newest if {
	some name, drills in relevant
	newest := [drill | some drill in drills; drill.outcome == "passed"][0]
}

concerned(_) if input.mode == "all"

concerned(workflow) if change.kind[workflow.name] != "none"
