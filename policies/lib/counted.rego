# METADATA
# title: Counted approvals
# description: Which approvals count for what, and as what each person gave theirs.
package countersign.lib.counted

import data.countersign.lib.change
import data.countersign.lib.consent
import data.countersign.lib.people
import data.countersign.lib.tier

# Whose approval of a workflow is asked for, each as [workflow, person].
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

# The approvals of each workflow that count: where they stand in its list, and as what the person gave them.
of[workflow.name] contains {"approval": index, "role": role} if {
	some workflow in change.changed
	some index, approval in workflow.approvals
	counts(workflow, approval)
	role := role_of(workflow, approval.person)
}

# The same for the paths outside workflows.
control contains {"approval": index, "role": role} if {
	input.change.control.paths != []
	some index, approval in input.change.control.approvals
	approval.person in control_asked
	approval.digest == input.change.control.digest
	role := office(approval.person)
}

control_asked contains person if {
	input.change.control.absences == []
	some person in consent.control_signers
}

control_asked contains person if {
	some duties in consent.absence_duties
	some duty in duties
	some person in duty
}

counts(workflow, approval) if {
	[workflow.name, approval.person] in asked
	approval.digest == workflow.countersigned
	people.binds(approval, grade[workflow.name])
}

# How an approval of each workflow must name what it approves. Less power needs no more than a click.
grade[workflow.name] := tier.of[workflow.name] if {
	some workflow in change.changed
	change.kind[workflow.name] == "widening"
}

grade[workflow.name] := "medium" if {
	some workflow in change.changed
	change.kind[workflow.name] in {"narrowing", "restoring"}
}

role_of(workflow, person) := "approver" if {
	person == workflow.after.manifest.approver
} else := "former-approver" if {
	person == workflow.before.manifest.approver
} else := "on-call" if {
	person in people.on_call(workflow.before.manifest.stop.by)
	change.kind[workflow.name] != "widening"
} else := office(person)

office(person) := "owner" if {
	person == input.team.owner
} else := "deputy" if {
	person == input.team.deputy
} else := "deputy" if {
	some other in input.team.people
	other.deputy == person
} else := "eligible"

# Those who gave themselves the approval that counts: the one person of a solo team.
self_approved contains name if {
	some name, counting in of
	some workflow in change.changed
	workflow.name == name
	some one in counting
	person := workflow.approvals[one.approval].person
	people.authored(person)
}
