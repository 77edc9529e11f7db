# METADATA
# title: Deltas
# description: Which paths of a whole delta may give more power, judged by the order of power and against each other.
package countersign.lib.delta

import data.countersign.lib.power

# The paths that are not provably within what was there before.
wider(steps) := {step.path |
	some step in steps
	not narrow(step, steps)
}

narrow(step, steps) if {
	power.within(step)
	consistent(step, steps)
}

# A part of an item appears and disappears with the item, and with nothing else.
consistent(step, _) if contains(step.field, "[].") == false

consistent(step, steps) if {
	absent(step) == set()
	{other.path | some other in steps} & {item(step)} == set()
}

consistent(step, steps) if {
	some other in steps
	other.path == item(step)
	absent(other) == absent(step)
}

# The sides on which a path is not there.
absent(step) := {side | some side in ["before", "after"]; step[side] == null}

# actions[invoice-copy].release -> actions[invoice-copy]
item(step) := trim_suffix(step.path, concat("", [".", split(step.field, "[].")[1]]))
