# METADATA
# title: The owner approves every path outside workflows
# description: >-
#   Every changed path outside workflows/<name>/ has the owner's approval of exactly that content, and a repair the
#   deputy's as well.
# scope: package
# custom:
#   solution: >-
#     Ask the people named here to approve; when workflows need none of it, move those paths to a change of their
#     own, or have git ignore what belongs to nobody.
#   severity: wait
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.control.owner

import data.countersign.lib.consent
import data.countersign.lib.people

findings contains {"workflow": null, "field": place, "message": message, "who": who} if {
	place := paths[0]
	input.change.control.absences == [] # who records an absence is people.absence's business
	not settled
	some who in waiting
	named := concat(", ", first)
	digest := input.change.control.digest
	message := sprintf("Must be approved by %s, naming %s: %s outside workflows/ (%s%s)", [words(who), digest, number, named, rest])
}

paths := sort([entry.path | some entry in input.change.control.paths])

settled if {
	consent.control_signers != []
	missing == []
}

missing := [id | some id in consent.control_signers; not consents(id)]

consents(id) if people.has_approved(input.change.control.approvals, id, "medium", input.change.control.digest)

# Where two must consent, having written it is the author's consent.
consents(id) if {
	input.repair
	id in people.consenting
}

# Each person alone, since each of them must; nobody, where nobody can.
default waiting := [[]]

waiting := [[id] | some id in missing] if missing != []

words([]) := "the owner (nobody who may sign for the owner is left)"

words(who) := who[0] if who != []

# The message names ten paths, and first of all those that judge others.
first := array.slice(array.concat(judging, [path | some path in paths; not path in judging]), 0, 10)

judging := [path |
	some path in paths
	split(path, "/")[0] in {"policies", "team", "catalog", "checks", "controls", "countersign", "drills", "requirements", ".ci", ".gitlab-ci.yml", "start.py", "noxfile.py"}
]

default number := "1 path"

number := sprintf("%d paths", [count(paths)]) if count(paths) > 1

default rest := ""

rest := sprintf(" and %d more", [count(paths) - 10]) if count(paths) > 10
