# METADATA
# title: One person, one identity
# description: No two people share a forge id, an e-mail address or a key.
# scope: package
# custom:
#   solution: >-
#     Give each person in team/people.yaml their own forge id, addresses and keys; merge entries that are the same
#     person.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.people.distinct

import data.countersign.lib.roster

findings contains {"workflow": null, "field": field, "message": message} if {
	some key, marks in bearers
	some mark, holders in marks
	some index, id in sort(holders)
	index > 0
	field := sprintf("people[%s].%s", [id, key])
	message := sprintf("Must not share %s %s (got %s)", [words[key], mark, concat(", ", holders)])
}

findings contains {"workflow": null, "field": field, "message": message} if {
	some rota, _ in roster.judged.rotas
	roster.judged.people[rota]
	field := sprintf("rotas[%s]", [rota])
	message := sprintf("Must not be called like a person: the rota %s", [rota])
}

words := {"forge": "the forge id", "emails": "the e-mail", "keys": "the key"}

# What identifies people, and everybody who claims it.
bearers.forge[mark] contains id if {
	some id, person in roster.judged.people
	person.forge != null
	mark := sprintf("%d", [person.forge])
}

bearers.emails[mark] contains id if {
	some id, person in roster.judged.people
	some mark in person.emails
}

bearers.keys[mark] contains id if {
	some id, person in roster.judged.people
	some mark in person.keys
}
