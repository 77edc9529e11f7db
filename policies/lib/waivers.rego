# METADATA
# title: Waivers
# description: Which waivers hold, and which ones a run has to judge.
package countersign.lib.waivers

import data.countersign.lib.people

max_days := 90

# rule -> workflow -> index of the waiver that excuses it: read from the target, never from the change.
in_force[held.rule] := excused if {
	some held in leading
	excused := {twin.workflow: twin.index | some twin in leading; twin.rule == held.rule}
}

# Of several for the same, the first.
leading := [held |
	some held in holding
	held.index == min([twin.index |
		some twin in holding
		twin.rule == held.rule
		twin.workflow == held.workflow
	])
]

holding := [waiver |
	some waiver in input.team.waivers
	readable(waiver)
	waiver.days <= max_days
	waiver.days_left >= 0
	waiver.days_left < waiver.days # later than that, it has not begun
	people.known(waiver.owner)
	waivable(waiver.rule)
]

# The waivers of the merge result that a run judges: all of them, or those that the change adds or edits.
judged := [waiver |
	some waiver in input.team_after.waivers
	due(waiver)
]

# Of those, the ones that can be read: a malformed waiver gets one finding, not five.
sound := [waiver | some waiver in judged; readable(waiver)]

readable(waiver) if {
	waiver.problems == []
	waiver.days > 0
	is_number(waiver.days_left)
}

waivable(rule) if data.countersign.metadata[rule].waivable == true

due(_) if input.mode == "all"

due(waiver) if {
	input.team_changed
	bare := content(waiver)
	not bare in earlier
}

# A waiver that only moved in the list is the same waiver.
content(waiver) := object.remove(waiver, ["index"])

earlier := {content(waiver) | some waiver in input.team.waivers}
