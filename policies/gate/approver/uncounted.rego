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
import data.countersign.lib.consent
import data.countersign.lib.people
import data.countersign.lib.tier

findings contains {"workflow": workflow.name, "field": "approver", "message": message} if {
	some workflow in change.changed
	workflow.after != null
	some approval in workflow.approvals
	message := sprintf("Must not count the approval by %s: %s", [by(approval), reason(workflow, approval)])
}

by(approval) := approval.person if {
	approval.person != null
} else := sprintf("forge user %d", [approval.forge])

reason(workflow, approval) := "nobody in team/people.yaml has that forge id" if {
	approval.person == null
} else := "it names another version" if {
	approval.digest != workflow.after.countersigned
} else := "nobody approves what they wrote" if {
	person := approval.person
	person in people.authors
	name := workflow.name
	not wanted(name, person)
} else := "their approval is not the one asked for" if {
	person := approval.person
	name := workflow.name
	not wanted(name, person)
}

wanted(name, person) if [name, person] in asked

asked contains [workflow.name, signer] if {
	some workflow in consent.widening
	tier.of[workflow.name] == "high"
	signer := consent.countersigner[workflow.name]
}

asked contains [workflow.name, person] if {
	some workflow in consent.widening
	tier.of[workflow.name] == "medium"
	some person in consent.medium_signers
}

asked contains [name, signer] if {
	some name in consent.owner_asked
	signer := consent.owner_signs[name]
}

asked contains [workflow.name, person] if {
	some workflow in consent.widening
	some id in consent.handing_over[workflow.name]
	person := people.stand_in(id, tier.of[workflow.name])
}

# At low nobody is asked, so nothing is to be said of those who approve all the same.
asked contains [workflow.name, person] if {
	some workflow in consent.widening
	tier.of[workflow.name] == "low"
	some person in people.active_ids
}

asked contains [name, person] if {
	some name, narrowers in consent.narrowers
	some person in narrowers
}
