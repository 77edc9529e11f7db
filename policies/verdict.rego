# METADATA
# title: The verdict
# description: Asks every rule below gate/, and joins what each finds with its code, its metadata and the waivers in force.
package countersign.verdict

import data.countersign.lib.change
import data.countersign.lib.counted
import data.countersign.lib.evidence
import data.countersign.lib.tier
import data.countersign.lib.waivers

# What a run is told.
answer := {"rules": rules, "findings": findings, "changes": changes, "control": {"approvals": sort([one | some one in counted.control])}}

# Every rule that was evaluated, whatever it found: a rule is its path.
rules contains sprintf("%s.%s", [group, name]) if {
	some group, name
	data.countersign.gate[group][name].findings
}

findings contains finding if {
	some group, name, hit
	data.countersign.gate[group][name].findings[hit]
	code := sprintf("%s.%s", [group, name])
	finding := {
		"code": code,
		"severity": severity(metadata(code), hit.workflow),
		"workflow": hit.workflow,
		"file": object.get(hit, "file", null),
		"line": object.get(hit, "line", null),
		"field": hit.field,
		"message": hit.message,
		"who": sort(object.get(hit, "who", [])),
		"waived": waived(code, hit.workflow),
	}
}

changes[name] := {
	"kind": kind,
	"because": sort([path | some path in change.because[name]]),
	"tier": tier.of[name],
	"needs": sort([person | some person in asked[name]]),
	"approvals": sort([one | some one in counted.of[name]]),
	"self_approved": name in counted.self_approved,
	"drill": leaned_on(name),
} if {
	some name, kind in change.kind
}

# What cannot be read is not known to be harmless.
changes[workflow.name] := {"kind": "widening", "because": [], "tier": "", "needs": [], "approvals": [], "self_approved": false, "drill": null} if {
	some workflow in input.workflows
	workflow.problems != []
}

# The record of the drill that the change leans on.
leaned_on(name) := path if {
	name in evidence.required
	path := evidence.passed[name].path
} else := null

# Whose click or work is still missing, by workflow.
asked[finding.workflow] contains person if {
	some finding in findings
	finding.severity == "wait"
	finding.waived == null
	some person in finding.who
}

# A rule without metadata still denies.
metadata(code) := found if {
	found := data.countersign.metadata[code]
} else := {"severity": "deny", "waivable": false, "warn_when": [], "effective": true}

severity(rule, workflow) := "warn" if {
	softened(rule, workflow)
} else := rule.severity

softened(rule, _) if rule.effective == false

softened(rule, _) if {
	"desk" in rule.warn_when
	input.assurance == "desk"
}

softened(rule, workflow) if {
	"narrowing" in rule.warn_when
	change.kind[workflow] in {"narrowing", "restoring"}
}

# What may be waived at all is told by the waivers in force.
waived(code, workflow) := index if {
	index := waivers.in_force[code][workflow]
} else := null
