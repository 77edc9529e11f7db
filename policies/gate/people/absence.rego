# METADATA
# title: Who records an absence
# description: >-
#   A change of nothing but absences is made or approved, for each person, by that person, their deputy or the owner;
#   for the owner, by the deputy and, where there is one, another eligible approver.
# scope: package
# custom:
#   solution: Ask one of the people named here to approve; but for the owner, everybody may record their own absence alone.
#   severity: wait
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.people.absence

import data.countersign.lib.consent
import data.countersign.lib.people

findings contains {"workflow": null, "field": place, "message": message, "who": who} if {
	some person, duties in consent.absence_duties
	some duty in duties
	duty & agreeing == set()
	who := sort(duty)
	place := sprintf("people.%s.away", [person])
	digest := input.change.control.digest
	message := sprintf("Must be recorded or approved by %s, naming %s: when %s is away", [people.any_of(who), digest, person])
}

agreeing contains person if some person in people.consenting

agreeing contains approval.person if {
	some approval in input.change.control.approvals
	approval.digest == input.change.control.digest
	input.team.people[approval.person].left == false
}
