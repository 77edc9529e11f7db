# METADATA
# title: The owner approves every path outside workflows
# description: >-
#   Every changed path outside workflows/<name>/ has the owner's approval of exactly that content, and a repair the
#   deputy's as well.
# scope: package
# custom:
#   solution: >-
#     Ask the people named here to approve; when workflows need none of it, move those paths to a change of their
#     own.
#   severity: wait
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.control.owner

import data.countersign.lib.people

findings contains {"workflow": null, "field": place, "message": message, "who": missing} if {
	place := paths[0]
	not settled
	named := concat(", ", first)
	digest := input.change.control.digest
	message := sprintf("Must be approved by %s, naming %s: %s outside workflows/ (%s%s)", [asked, digest, number, named, rest])
}

paths := sort([entry.path | some entry in input.change.control.paths])

settled if {
	signers != []
	missing == []
}

missing := [id | some id in signers; not consents(id)]

# Whose approval it takes. Empty: nobody can give it.
default signers := []

signers := [id] if {
	not input.repair
	id := people.signatory(input.team.owner, "medium")
}

signers := [input.team.owner, input.team.deputy] if {
	input.repair
	input.team.owner != null
	input.team.deputy != null
	input.team.deputy != input.team.owner
}

signers := [input.team.owner] if {
	input.repair
	input.team.solo
	input.team.owner != null
	input.team.deputy == null
}

consents(id) if people.has_approved(input.change.control.approvals, id, input.change.control.digest)

# Where two must consent, having written it is the author's consent.
consents(id) if {
	input.repair
	people.authored(id)
}

default asked := "the owner (nobody who may sign for the owner is left)"

asked := concat(" and ", missing) if missing != []

# The message names the first three paths.
first := array.slice(paths, 0, 3)

default number := "1 path"

number := sprintf("%d paths", [count(paths)]) if count(paths) > 1

default rest := ""

rest := sprintf(" and %d more", [count(paths) - 3]) if count(paths) > 3
