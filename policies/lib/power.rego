# METADATA
# title: The order of power
# description: >-
#   For each field of a flattened workflow, which values give less power than others. A list of chains puts values in
#   order, least power first; null is absent. A field or value without an order widens.
package countersign.lib.power

# lower: a smaller number is less; appearing is less.  adding: appearing is less, any edit is more.
# neutral: says nothing about power.                   widens: decided to have no order.
order := {
	"workflow": "widens",
	"summary": "widens",
	"task": "widens",
	"risk.tier": [["high", "medium", "low"]],
	"risk.touches[]": [[true, null]],
	"risk.harm": "widens",
	"approver": "widens",
	"reviewers": "widens",
	"models[]": "widens",
	"models[].when": "widens",
	"models[].id": "widens",
	"models[].why": "widens",
	"prompt": "widens",
	"tools[]": [[null, true]],
	"tools[].effect": [[null, "read", "write"], [null, "read", "external"]],
	"data[]": [[null, true]],
	"data[].access": [[null, "read", "write"]],
	"actions[]": [[null, true]],
	"actions[].effect": [[null, "label"], [null, "draft"], [null, "update"], [null, "send"], [null, "pay"], [null, "change"]],
	"actions[].release": [[null, "named", "review", "sample", "automatic"]],
	"stop.by": "widens",
	"stop.when[]": "adding",
	"stop.when[].above": "lower",
	"stop.when[].over": "adding",
	"rollback.to": "widens",
	"rollback.within": "lower",
	"rollback.drill": "widens",
	"fallback.file": "widens",
	"fallback.tell": "widens",
	"files[]": "widens",
	"order": "widens",
	"text": "widens",
	"state.state": [["retired", "proposed", "paused", "live"]],
	"state.reason": "neutral",
	"state.stopped[]": "adding",
}

# Does the step from before to after give no more power, as far as its own value goes?
within(step) if order[step.field] == "neutral"

within(step) if {
	order[step.field] in {"lower", "adding"}
	step.before == null
	step.after != null
}

within(step) if {
	order[step.field] == "lower"
	is_number(step.before)
	is_number(step.after)
	step.after <= step.before
}

within(step) if {
	is_array(order[step.field]) # the embedded engine breaks off when it is asked for the items of a word
	some chain in order[step.field]
	place(chain, step.after) <= place(chain, step.before)
}

place(chain, value) := [index | some index, known in chain; known == value][0]
