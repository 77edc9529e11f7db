# METADATA
# title: The drill plays on what is there
# description: >-
#   Each action, model use and metric that a drill names is one of the manifest, a stop trigger is really crossed, and
#   something really goes wrong, the silence fits the drain budget, and is looked for.
# scope: package
# custom:
#   solution: Correct the scenario or the time in the drill file, or what it is played on in workflow.yaml.
#   severity: deny
#   waivable: true
#   warn_when: [narrowing]
#   effective_on: 2026-11-01
package countersign.gate.drill.plausible

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": place(workflow, index, key), "message": message} if {
	some workflow in workflows.standing
	some index, scenario in workflow.after.drill.scenarios
	some key in ["action", "use", "metric"]
	name := scenario[key]
	name != null
	[list, names] := on_stage(workflow.after.manifest)[key]
	not name in names
	message := sprintf("Must be one of `%s` in workflow.yaml: %s of %s (got %s)", [list, key, file(workflow), name])
}

findings contains {"workflow": workflow.name, "field": place(workflow, index, "value"), "message": message} if {
	some workflow in workflows.standing
	some index, scenario in workflow.after.drill.scenarios
	some trigger in workflow.after.manifest.stop.when
	trigger.metric == scenario.metric
	not crosses(scenario, trigger)

	# Without the numbers: the engines write large and small ones differently.
	message := sprintf("Must be above the trigger of %s in workflow.yaml: value of %s", [trigger.metric, file(workflow)])
}

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some workflow in workflows.standing
	drill := workflow.after.drill
	drill.silence > drill.drain
	field := sprintf("files[%s].silence", [file(workflow)])
	message := sprintf("Must fit the drain budget of %d s: silence of %s (got %d s)", [drill.drain, file(workflow), drill.silence])
}

# T08: a drill in which nothing goes wrong, or in which nobody looks, proves nothing.
findings contains {"workflow": workflow.name, "field": place(workflow, index, "amount"), "message": message} if {
	some workflow in workflows.standing
	some index, scenario in workflow.after.drill.scenarios
	scenario.amount == 0
	message := sprintf("Must be more than 0, or nothing goes wrong: amount of %s", [file(workflow)])
}

# A provider may be slow instead of failing.
findings contains {"workflow": workflow.name, "field": place(workflow, index, "failing_percent"), "message": message} if {
	some workflow in workflows.standing
	some index, scenario in workflow.after.drill.scenarios
	scenario.failing_percent == 0
	scenario.latency_ms == 0
	message := sprintf("Must be more than 0, or nothing goes wrong: failing_percent of %s", [file(workflow)])
}

findings contains {"workflow": workflow.name, "field": field, "message": message} if {
	some probe in {"fallback-open", "old-version-silent"}
	some workflow in workflows.standing
	during := workflow.after.drill.during
	not probe in during
	field := sprintf("files[%s].steady_state.during", [file(workflow)])
	message := sprintf("Must prove while the AI step is off that the old version is silent and the fallback open (got no %s)", [probe])
}

# What a scenario may be played on: by the key that names it, where it is declared, and the names.
on_stage(manifest) := {
	"action": ["actions", [action.name | some action in manifest.actions]],
	"use": ["models", [model.use | some model in manifest.models]],
	"metric": ["stop.when", [trigger.metric | some trigger in manifest.stop.when]],
}

crosses(scenario, trigger) if scenario.value > trigger.above

place(workflow, index, key) := sprintf("files[%s].scenarios[%d].%s", [file(workflow), index, key])

file(workflow) := workflow.after.manifest.rollback.drill
