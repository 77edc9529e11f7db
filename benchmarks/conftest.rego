# The peer's three rules: what a team without Countersign would write first.
package main

deny contains msg if {
	not input.approver
	msg := "must name an approver"
}

deny contains msg if {
	some action in input.actions
	action.effect in {"pay", "change"}
	input.risk.tier != "high"
	msg := sprintf("%s must be high", [action.name])
}

deny contains msg if {
	not input.fallback.file
	msg := "must have a fallback"
}
