# METADATA
# title: One owner
# description: >-
#   The team has exactly one owner, who has not left, and an active deputy other than the owner unless the owner
#   works solo, without a deputy.
# scope: package
# custom:
#   solution: >-
#     Name one person as `owner` in team/people.yaml and another as `deputy`, or write `solo: true` when there is
#     nobody else.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.owner.one

import data.countersign.lib.roster

findings contains {"workflow": null, "field": flaw.field, "message": flaw.message} if some flaw in flaws

flaws contains {"field": "owner", "message": "Must name exactly one owner (got none)"} if {
	roster.judged.owner == null
}

flaws contains {"field": "owner", "message": message} if {
	owner := roster.judged.owner
	owner != null
	not owner in roster.staying
	message := sprintf("Must name an owner who is in `people` and has not left (got %s)", [owner])
}

flaws contains {"field": "solo", "message": message} if {
	roster.judged.solo == true
	deputy := roster.judged.deputy
	deputy != null
	message := sprintf("Must not say `solo: true` beside a deputy (%s)", [deputy])
}

flaws contains {"field": "deputy", "message": "Must name a deputy, or say `solo: true` (got neither)"} if {
	roster.judged.deputy == null
	roster.judged.solo != true
}

flaws contains {"field": "deputy", "message": message} if {
	deputy := roster.judged.deputy
	deputy != null
	not deputy in roster.staying
	message := sprintf("Must name a deputy who is in `people` and has not left (got %s)", [deputy])
}

flaws contains {"field": "deputy", "message": message} if {
	deputy := roster.judged.deputy
	deputy != null
	deputy == roster.judged.owner
	message := sprintf("Must name a deputy other than the owner (got %s for both)", [deputy])
}
