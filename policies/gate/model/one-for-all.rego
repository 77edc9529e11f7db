# METADATA
# title: Not one model for everything
# description: More than three workflows over at least two tasks do not all use one single model.
# scope: package
# custom:
#   solution: Compare two or three models on real samples of each task, and record the choice and the reason under `models`.
#   severity: warn
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.model["one-for-all"]

# How many models and tasks there are is known once every workflow has been read.
findings contains {"workflow": null, "field": "models", "message": message} if {
	input.mode == "all"
	input.fleet.workflows > 3
	count(input.fleet.tasks) > 1
	some model in single
	message := sprintf("Must choose models by task (got %s in all %d workflows)", [model, input.fleet.workflows])
}

single := [model | some model, _ in input.fleet.models] if count(input.fleet.models) == 1
