package countersign.gate.model.reason_test

import data.countersign.gate.model.reason as rule
import data.countersign.testing

# The place and the words of each finding.
found(changes) := {[hit.field, hit.message] | some hit in hits} if {
	hits := rule.findings with input as testing.given(changes)
}

why(text) := {"/workflows/0/after/manifest/models/0/why": text}

refused(words) := {["models[default].why", sprintf("Must say in at least 20 characters why this model (got %s)", [words])]}

test_a_sentence_passes if found({}) == set()

test_twenty_characters_pass if found(why("12345678901234567890")) == set()

test_nineteen_are_too_few if found(why("1234567890123456789")) == refused("1234567890123456789")

test_blanks_do_not_count if found(why("   cheap                    ")) == refused("cheap")

test_no_reason_is_refused if found(why("")) == refused("")

test_letters_count_not_bytes if found(why("\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4")) == refused("\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4")

test_pictures_count_once if {
	found(why("🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀")) != set()
}

test_every_model_counts if {
	found({"/workflows/0/after/manifest/models/1/why": "good"}) == {[
		"models[edge-cases].why",
		"Must say in at least 20 characters why this model (got good)",
	]}
}

test_a_retired_workflow_passes if {
	found(object.union(why("cheap"), {"/workflows/0/after/state/state": "retired"})) == set()
}
