# METADATA
# title: Hidden text is told
# description: Whoever approves a path outside workflows is told when it holds characters that nobody sees.
# scope: package
# custom:
#   solution: Take the characters out, or write them as escapes, such as `\\u200b`, so that whoever approves sees them.
#   severity: warn
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.control.hidden

findings contains {"workflow": null, "field": entry.path, "message": message} if {
	some entry in input.change.control.paths
	entry.hides == true
	message := sprintf("Must show all that it says: %s holds characters that nobody sees", [entry.path])
}
