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
	workflow.after.manifest.stop == null
	workflow.after.state.state == "live"
	message := "Must have at least one numeric trigger (got no stop section)"
}

findings contains {"workflow": workflow.name, "field": "stop.when", "message": message} if {
	some workflow in workflows.standing
	triggers := workflow.after.manifest.stop.when
	[trigger | some trigger in triggers; is_number(trigger.above)] == []
	message := "Must have at least one numeric trigger (got none)"
}

findings contains {"workflow": workflow.name, "field": "stop.when", "message": message} if {
	some workflow in workflows.standing
	triggers := workflow.after.manifest.stop.when
	count({trigger.metric | some trigger in triggers}) < count(triggers)
	some index, trigger in triggers
	trigger.metric in [earlier.metric | some earlier in array.slice(triggers, 0, index)]
	message := sprintf("Must name each metric once (got %s twice)", [trigger.metric])
}
