# METADATA
# title: Approvals that do not count
# description: Every approval of a workflow that does not count is shown with the reason.
# scope: package
# custom:
#   solution: Nothing needs doing for this line itself; where an approval is still missing, another line names whose.
#   severity: warn
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.approver.uncounted

import data.countersign.lib.change
import data.countersign.lib.counted
import data.countersign.lib.people

# A file names the workflow that was approved. A click approves all of a change, and is told of where it was asked for.
findings contains {"workflow": workflow.name, "field": "approver", "message": message} if {
	some workflow in change.changed
	some approval in workflow.approvals
	concerns(workflow, approval)
	message := told(approval, reason(workflow, approval))
}

findings contains {"workflow": null, "field": place, "message": message} if {
	place := min({entry.path | some entry in input.change.control.paths})
	some approval in input.change.control.approvals
	approval.person in counted.control_asked
	approval.digest != input.change.control.digest
	message := told(approval, other_content(approval))
}

# A click that is asked for nowhere is told once.
findings contains {"workflow": null, "field": "people", "message": message} if {
	some approval in input.change.control.approvals
	approval.how != "file"
	person := approval.person
	not person in everybody_asked
	message := told(approval, idle(approval))
}

told(approval, why) := sprintf("Must not count the approval by %s: %s", [by(approval), why])

by(approval) := approval.person if {
	approval.person != null
} else := sprintf("forge user %d", [approval.forge])

concerns(_, approval) if approval.how == "file"

concerns(workflow, approval) if {
	person := approval.person
	wanted(workflow.name, person)
}

reason(_, approval) := idle(approval) if approval.person == null

reason(workflow, approval) := other_content(approval) if {
	approval.person != null
	approval.digest != workflow.countersigned
}

reason(workflow, approval) := idle(approval) if {
	approval.digest == workflow.countersigned
	person := approval.person
	person != null
	name := workflow.name
	not wanted(name, person)
}

reason(workflow, approval) := "it was a click alone, and a change at high is named in a note" if {
	approval.digest == workflow.countersigned
	wanted(workflow.name, approval.person)
	counted.grade[workflow.name] == "high"
	how := approval.how
	not how in people.naming
}

# Where the source knows why the content is another one, it says so.
other_content(approval) := approval.void if {
	approval.void != null
} else := "it names another content"

idle(approval) := "nobody in team/people.yaml has that forge id" if {
	approval.person == null
} else := "nobody approves what they wrote" if {
	approval.person in people.authors
} else := "their approval is not the one asked for"

wanted(name, person) if [name, person] in counted.asked

everybody_asked contains person if some [_, person] in counted.asked

everybody_asked contains person if {
	input.change.control.paths != []
	some person in counted.control_asked
}
