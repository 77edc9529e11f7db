# METADATA
# title: Everybody who commits is known
# description: >-
#   Every e-mail address that authored, committed or co-authored the change belongs to somebody in team/people.yaml; but
#   who only puts on file what on-call signed at the enforcement points may be anybody.
# scope: package
# custom:
#   solution: >-
#     Commit with an address that team/people.yaml lists, or have the owner add yours to `emails` in a change of its
#     own first.
#   severity: deny
#   waivable: false
#   warn_when: [desk]
#   effective_on: 2026-11-01
package countersign.gate.people.identity

import data.countersign.lib.orders

findings contains {"workflow": null, "field": "people", "message": message} if {
	some email in input.change.unknown_emails
	not orders.nothing_else
	message := sprintf("Must be committed by people of team/people.yaml (got the unknown e-mail %s)", [email])
}
