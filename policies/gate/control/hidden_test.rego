package countersign.gate.control.hidden_test

import data.countersign.gate.control.hidden
import data.countersign.testing

# T15
test_hidden_text_is_told if {
	found([{"path": "start.py", "status": "edited", "kind": "file", "hides": true}]) == {[
		"start.py",
		"Must show all that it says: start.py holds characters that nobody sees",
	]}
}

test_plain_text_passes if found([{"path": "start.py", "status": "edited", "kind": "file", "hides": false}]) == set()

test_a_path_without_the_fact_is_not_told if found([{"path": "start.py", "status": "edited"}]) == set()

test_no_path_tells_nothing if found([]) == set()

found(paths) := {[hit.field, hit.message] | some hit in hits; hit.workflow == null} if {
	hits := hidden.findings with input as testing.given({"/change/control/paths": paths})
}
