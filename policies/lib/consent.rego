# METADATA
# title: Consent
# description: Whose approval each widening change needs, worked out once per workflow.
package countersign.lib.consent

import data.countersign.lib.change
import data.countersign.lib.people
import data.countersign.lib.tier

# The changes that give power.
affected := [workflow |
	some workflow in change.changed
	change.kind[workflow.name] == "widening"
]

# Of those, the ones that leave something to be countersigned. What goes without having been retired is the owner's.
widening := [workflow | some workflow in affected; workflow.after != null]

# New workflows, and those that get other powers to act, are also the owner's to approve.
owner_asked contains workflow.name if {
	some workflow in widening
	gives_powers(workflow)
}

owner_asked contains workflow.name if {
	some workflow in affected
	workflow.after == null
}

# The one person who countersigns at high, and the one who signs for the owner; neither is there when nobody is left.
# An undefined value in the head would break the whole of it on one engine, so it is named in the body.
countersigner[workflow.name] := signer if {
	some workflow in widening
	signer := people.signatory(workflow.after.manifest.approver, tier.of[workflow.name])
}

owner_signs[workflow.name] := signer if {
	some workflow in affected
	signer := people.signatory(input.team.owner, tier.of[workflow.name])
}

# The approvers of a hand-over that must both agree, by role.
handing_over[workflow.name] := {role: id | some role, id in approvers; id != null} if {
	some workflow in widening
	approvers := {"old": workflow.before.manifest.approver, "new": workflow.after.manifest.approver}
	approvers.old != approvers.new
}

# Who may countersign at medium: anybody eligible who did not write the change.
medium_signers := {id |
	some id in people.active_ids
	people.eligible(id, "medium")
	people.may_sign_for(id, "medium")
}

gives_powers(workflow) if workflow.status == "added"

gives_powers(workflow) if {
	some step in workflow.delta
	step.field in power_fields
}

power_fields := {
	"risk.tier",
	"risk.touches[]",
	"tools[]",
	"tools[].effect",
	"data[]",
	"data[].access",
	"actions[]",
	"actions[].effect",
	"actions[].release",
}

# Who may narrow or restore a workflow: its on-call, its approver, the owner, and who stands in for the last two.
narrowers[workflow.name] := {id | some id in array.concat(office_holders(workflow), on_call(workflow))} if {
	some workflow in change.changed
	change.kind[workflow.name] in {"narrowing", "restoring"}
}

office_holders(workflow) := [person |
	some id in [workflow.before.manifest.approver, input.team.owner]
	person := people.stand_in(id, tier.of[workflow.name])
]

on_call(workflow) := [id | some id in people.on_call(workflow.before.manifest.stop.by)]

# Whose approval the paths outside workflows take. Empty: nobody can give it.
default control_signers := []

control_signers := [id] if {
	not input.repair
	id := people.signatory(input.team.owner, "medium")
}

control_signers := [input.team.owner, input.team.deputy] if {
	input.repair
	input.team.owner != null
	input.team.deputy != null
	input.team.deputy != input.team.owner
}

control_signers := [input.team.owner] if {
	input.repair
	input.team.solo
	input.team.owner != null
	input.team.deputy == null
}

# Who records an absence, by person: of each set somebody, where a change is about absences alone.
absence_duties[person] := [signers] if {
	some person in input.change.control.absences
	person != input.team.owner
	deputies := {deputy | deputy := input.team.people[person].deputy; is_string(deputy)}
	signers := deputies | {person, input.team.owner}
}

absence_duties[person] := [signers | some signers in [{input.team.deputy}, others]; signers != set()] if {
	some person in input.change.control.absences
	person == input.team.owner
	is_string(input.team.deputy)

	# In a team of two there is nobody else.
	others := {id | some id in people.active_ids; people.eligible(id, "medium")} - {person, input.team.deputy}
}

absence_duties[person] := [{person}] if {
	some person in input.change.control.absences
	person == input.team.owner
	input.team.deputy == null
}
