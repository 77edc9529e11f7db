# METADATA
# title: Orders
# description: What a change only puts on file, because on-call signed it at the enforcement points, or a declared trigger crossed.
package countersign.lib.orders

import data.countersign.lib.change
import data.countersign.lib.consent
import data.countersign.lib.restoring

# The workflows whose whole change was ordered. A comment in state.yaml was not: no rule sees its wording.
given contains workflow.name if {
	some workflow in change.changed
	change.kind[workflow.name] == "narrowing"
	workflow.before.version == workflow.after.version
	workflow.state_plain == true
	not_on_file(workflow) == set()
}

given contains workflow.name if {
	some workflow in change.changed
	change.kind[workflow.name] == "restoring"
	workflow.state_plain == true
	not_on_file(workflow) - restoring.brought_back(workflow) == set()
	some stop in workflow.stops
	stop.rollback_to == workflow.after.version
	stop.version in {workflow.before.version, "*"}
	may_order(stop.by, workflow)

	# Once it is on file, a way back allows nothing more.
	some step in workflow.delta
	step.path == sprintf("state.stopped[%s]", [stop.id])
	puts_on_file(workflow, step)
}

# Whether the change holds nothing else: then it does not matter who wrote it down.
nothing_else if {
	input.change.control.paths == []
	touched := {workflow.name | some workflow in input.workflows; workflow.status != "unchanged"}
	touched != set()
	touched - given == set()
}

not_on_file(workflow) := {step.path | some step in workflow.delta; not puts_on_file(workflow, step)}

puts_on_file(workflow, step) if {
	step.field == "state.stopped[]"
	step.before == null
	some entry in workflow.after.state.stopped
	step.path == sprintf("state.stopped[%s]", [entry.id])
	ordered(entry, workflow)
}

# A stop in force is on record that says just this.
ordered(entry, workflow) if {
	some stop in workflow.stops
	every key in ["id", "action", "version", "reason", "at"] {
		stop[key] == entry[key]
	}
	may_order(stop.by, workflow)
}

# Nobody, where a trigger crossed; else whoever may narrow it.
may_order(by, _) if by == null

may_order(by, workflow) if by in consent.office_holders(workflow)

may_order(by, workflow) if by in consent.on_call(workflow)
