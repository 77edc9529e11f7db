package countersign.gate.records.readable_test

import data.countersign.gate.records.readable
import data.countersign.testing

test_records_that_stay_readable_pass if found([]) == set()

test_facts_without_the_list_find_nothing if readable.findings == set() with input as {}

test_a_record_that_could_not_be_read_any_more_is_refused if {
	why := "Key 'old' may not sign change records."
	found([{"path": "a/change/1.dsse.json", "why": why}]) == {[
		null, "signers",
		"Must keep the keys that signed a/change/1.dsse.json (got: Key 'old' may not sign change records.)",
	]}
}

test_each_is_told if count(found([{"path": "a", "why": "x"}, {"path": "b", "why": "y"}])) == 2

found(lost) := {[hit.workflow, hit.field, hit.message] | some hit in hits} if {
	hits := readable.findings with input as testing.given({"/records_lost": lost})
}
