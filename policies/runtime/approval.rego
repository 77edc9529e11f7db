# METADATA
# title: Approvals of one action
# description: Whether the person named for an action has released exactly this one. The application vouches for it; where that person has a key, their signature does.
package countersign.runtime.approval

import data.countersign.runtime.clock
import data.countersign.runtime.request
import data.countersign.runtime.standing
import data.countersign.runtime.token

# How long an approval holds, and how far clocks may differ, in nanoseconds.
lifetime := 600000000000

skew := 60000000000

# The first thing that is wrong with it; empty when it is good.
problem := "approval_needed" if {
	object.get(input, "approval", null) == null
} else := "approval_malformed" if {
	not sound
} else := "approval_other_action" if {
	input.approval.digest != input.digest
} else := "approval_by_caller" if {
	input.approval.by == input.caller
} else := "approval_not_named" if {
	not input.approval.by in named
} else := "approval_expired" if {
	not fresh(clock.read(input.approval.at))
} else := "approval_unsigned" if {
	token.holds_key(input.approval.by)
	not signed
} else := ""

sound if {
	request.text(input.approval.by)
	request.text(input.approval.digest)
	request.text(input.digest)
	clock.read(input.approval.at)
}

# Who may release it: the reviewers and the approver, who are there; in the approver's place, their deputy.
named contains id if {
	some id in array.concat([standing.declared.reviewers], object.get(data.catalog.rotas, standing.declared.reviewers, []))
	active(id)
}

named contains standing.declared.approver if active(standing.declared.approver)

named contains deputy if {
	not active(standing.declared.approver)
	deputy := data.catalog.people[standing.declared.approver].deputy
	active(deputy)
}

active(id) if {
	person := data.catalog.people[id]
	not token.gone(person)
	not away(person)
}

away(person) if {
	some absence in person.away
	absence.from <= clock.today
	clock.today <= absence.to
}

fresh(at) if {
	at <= clock.now + skew
	clock.now - at <= lifetime
}

signed if {
	claims := token.claims(input.approval.by, input.approval.token)
	claims.for == "approve"
	claims.workflow == input.workflow
	claims.action == input.action
	claims.version == input.version
	claims.digest == input.digest
}
