# METADATA
# title: The rules themselves hold
# description: >-
#   Every rule file has sound metadata, the package that its path gives and no construct on which the engines differ,
#   and no rule code disappears.
# scope: package
# custom:
#   solution: >-
#     Complete the METADATA block or rename the package. To retire a rule, keep its file, without findings, and write
#     `retired` in its metadata.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.control.policies

findings contains {"workflow": null, "field": place, "message": message} if {
	some place, messages in flaws
	some message in messages
}

# Undefined when neither the change nor the run concerns the rules.
files := input.rules if input.rules != null

flaws[rule.path] contains message if {
	some rule in files
	some problem in rule.problems
	message := sprintf("Must be a sound rule file: %s", [problem])
}

flaws[rule.path] contains message if {
	some rule in files
	some construct in rule.banned
	message := sprintf("Must not use %s, on which the two engines differ", [construct])
}

# What a reader of rule files has already said about them is not said twice.
flaws[rule.path] contains "Must have a METADATA block (got none)" if {
	some rule in files
	rule.problems == []
	rule.metadata == null
}

flaws[rule.path] contains message if {
	some rule in files
	rule.problems == []
	expected := sprintf("countersign.gate.%s", [rule.code])
	rule.package != expected
	message := sprintf("Must have the package that its path gives, %s (got %s)", [expected, rule.package])
}

flaws[path] contains message if {
	rules := files
	kept := {rule.code | some rule in rules}
	some code in input.rules_before
	not code in kept
	path := sprintf("policies/gate/%s.rego", [concat("/", split(code, "."))])
	message := sprintf("Must keep the code %s: codes are permanent (the file is gone)", [code])
}
