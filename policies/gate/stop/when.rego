# METADATA
# title: Stop triggers are numbers
# description: What stops a workflow is at least one number over a time, each metric once; a live workflow has one.
# scope: package
# custom:
#   solution: Add a trigger under `stop.when` with a metric, the number it must not exceed, and the time it is taken over.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.stop.when

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "stop.when", "message": message} if {
	some workflow in workflows.standing
	some message in flaws(workflow.after.manifest.stop, workflow.after.state.state)
}

flaws(null, "live") := {"Must have at least one numeric trigger (got no stop section)"}

flaws(stop, _) := {"Must have at least one numeric trigger (got none)"} if {
	stop != null
	numeric(stop.when) == []
} else := {sprintf("Must name each metric once (got %s twice)", [metric]) | some metric in repeated(stop.when)} if {
	stop != null
}

numeric(triggers) := [trigger | some trigger in triggers; is_number(trigger.above)]

repeated(triggers) := {trigger.metric |
	some index, trigger in triggers
	some other, twin in triggers
	index < other
	trigger.metric == twin.metric
}
