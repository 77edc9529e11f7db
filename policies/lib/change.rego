# METADATA
# title: Changes
# description: What the change does to each workflow, worked out once and keyed by its name.
package countersign.lib.change

import data.countersign.lib.delta
import data.countersign.lib.restoring
import data.countersign.lib.workflows

changed := [workflow | some workflow in workflows.sound; name := workflow.name; not name in untouched]

lives contains workflow.name if {
	some workflow in workflows.sound
	workflow.after.state.state == "live"
}

going_live contains workflow.name if {
	some workflow in changed
	workflow.after.state.state == "live"
	not was_live(workflow)
}

# narrowing | widening | restoring | none
kind[name] := "none" if some name in untouched

kind[workflow.name] := kind_of(workflow, wide[workflow.name]) if some workflow in changed

# The paths that may give more power.
wide[workflow.name] := delta.wider(workflow.delta) if some workflow in changed

# The paths that made it what it is.
because[workflow.name] := reasons(workflow, wide[workflow.name]) if some workflow in changed

untouched contains workflow.name if {
	some workflow in workflows.sound
	workflow.status == "unchanged"
	workflow.before == null
	workflow.delta == []
}

untouched contains workflow.name if {
	some workflow in workflows.sound
	workflow.status in {"unchanged", "edited"}
	workflow.delta == []
	workflow.before.version == workflow.after.version
}

was_live(workflow) if workflow.before.state.state == "live"

kind_of(workflow, paths) := "narrowing" if {
	narrows(workflow, paths)
} else := "restoring" if {
	workflow.status == "edited"
	restoring.restores(workflow, paths)
} else := "widening"

narrows(workflow, paths) if {
	workflow.status == "edited"
	workflow.delta != []
	paths == set()
}

# A draft that never ran may go as quietly as a retired workflow; whatever ran is retired first.
narrows(workflow, _) if {
	workflow.status == "deleted"
	ended(workflow)
}

ended(workflow) if workflow.before.state.state == "retired"

ended(workflow) if {
	workflow.before.state.state == "proposed"
	workflow.history.was_live == false
}

# Where no single field tells: everything that changed.
reasons(workflow, paths) := paths if {
	workflow.status == "edited"
	paths != set()
} else := {step.path | some step in workflow.delta} if {
	workflow.status == "edited"
	workflow.delta != []
} else := {path | some path in workflow.changed_paths}
