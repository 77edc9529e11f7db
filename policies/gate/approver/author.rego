# METADATA
# title: Somebody is left to countersign
# description: A widening change is not written by everybody who could countersign it; at high, nobody approves what they wrote.
# scope: package
# custom:
#   solution: Have the change made by somebody else, or first name in team/ a deputy or approver who had no part in it.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.approver.author

import data.countersign.lib.consent
import data.countersign.lib.people
import data.countersign.lib.tier

findings contains {"workflow": workflow.name, "field": "approver", "message": message} if {
	some workflow in consent.widening
	some duty in unmet[workflow.name]
	authors := concat(", ", sort(people.authors))
	message := sprintf("Must leave somebody to %s who did not write it and is here (written by %s)", [duty, authors])
}

# The duties for which nobody is left.
unmet[name] contains "countersign at high" if {
	some workflow in consent.widening
	name := workflow.name
	tier.of[name] == "high"
	workflow.after.manifest.approver != null
	not consent.countersigner[name]
}

unmet[workflow.name] contains "countersign at medium" if {
	some workflow in consent.widening
	tier.of[workflow.name] == "medium"
	consent.medium_signers == set()
}

unmet[name] contains "approve for the owner" if {
	some name in consent.owner_asked
	not consent.owner_signs[name]
}
