# METADATA
# title: Some rules have no exceptions
# description: >-
#   A waiver names a rule that exists and that may be waived; rules on approval, signatures and control may not.
# scope: package
# custom:
#   solution: Take the waiver out and meet the rule; `countersign explain` says which rules may be waived.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.waiver.unwaivable

import data.countersign.lib.waivers

findings contains {"workflow": null, "field": field, "message": message} if {
	some waiver in waivers.sound
	rule := waiver.rule
	not waivers.waivable(rule)
	field := sprintf("waivers[%d].rule", [waiver.index])
	message := sprintf("Must name a rule that may be waived (got %s, which %s)", [rule, why[known(rule)]])
}

known(rule) := rule in object.keys(data.countersign.metadata)

why := {true: "may not be", false: "does not exist"}
