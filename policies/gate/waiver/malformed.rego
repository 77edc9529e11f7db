# METADATA
# title: A waiver says what it excuses
# description: >-
#   A waiver names one rule, one workflow, a known owner, a reason, and two dates in order; a malformed waiver
#   excuses nothing.
# scope: package
# custom:
#   solution: >-
#     Write rule, workflow, owner, reason, from and until in team/waivers.yaml; dates look like 2026-11-01, and the
#     owner is in team/people.yaml.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.waiver.malformed

import data.countersign.lib.waivers

findings contains object.union(flaw, {"workflow": null}) if some flaw in flaws

flaws contains problem if {
	some problem in input.team_after.problems
	problem.file == "team/waivers.yaml"
}

flaws contains {"field": field, "message": message} if {
	some waiver in waivers.judged
	some problem in waiver.problems
	field := sprintf("waivers[%d]", [waiver.index])
	message := sprintf("Must be a complete waiver: %s", [problem])
}

flaws contains {"field": field, "message": "Must have dates that can be read, such as 2026-11-01"} if {
	some waiver in waivers.judged
	waiver.problems == []
	null in [waiver.days, waiver.days_left]
	field := sprintf("waivers[%d].until", [waiver.index])
}

flaws contains {"field": field, "message": "Must end on or after the day it begins"} if {
	some waiver in waivers.judged
	is_number(waiver.days)
	waiver.days <= 0
	field := sprintf("waivers[%d].until", [waiver.index])
}

flaws contains {"field": field, "message": message} if {
	some waiver in waivers.sound
	owner := waiver.owner
	not input.team_after.people[owner]
	field := sprintf("waivers[%d].owner", [waiver.index])
	message := sprintf("Must be owned by somebody in `people` of team/people.yaml (got %s)", [waiver.owner])
}
