# METADATA
# title: Records stay readable
# description: >-
#   A change of the team keeps every key that signed a record, with the kind and the days it signed on; a key ends by its
#   `to`, and stays listed.
# scope: package
# custom:
#   solution: >-
#     List the old key again, under its person or another one's `keys` and under `signers`, with a `to` not before the
#     day it last signed; add the new key beside it.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.records.readable

findings contains {"workflow": null, "field": "signers", "message": message} if {
	some lost in input.records_lost
	message := sprintf("Must keep the keys that signed %s (got: %s)", [lost.path, lost.why])
}
