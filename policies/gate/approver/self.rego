# METADATA
# title: Self-approved
# description: An approval by the one person of a solo team of what they wrote themselves counts up to medium, and is told.
# scope: package
# custom:
#   solution: Nothing needs doing; as soon as there is somebody else, name them as deputy in place of `solo`.
#   severity: warn
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.approver.self

import data.countersign.lib.counted
import data.countersign.lib.people

findings contains {"workflow": name, "field": "approver", "message": message} if {
	some name in counted.self_approved
	message := told(concat(", ", sort(people.authors)))
}

findings contains {"workflow": null, "field": place, "message": message} if {
	place := min({entry.path | some entry in input.change.control.paths})
	some one in counted.control
	person := input.change.control.approvals[one.approval].person
	person in people.authors
	message := told(person)
}

told(person) := sprintf("Must be known as self-approved: %s wrote it and approved it", [person])
