package countersign.lib.power_test

import data.countersign.lib.power
import data.countersign.testing

# The pairs [before, after] of these values that are within.
within(field, values) := {[before, after] |
	some before in values
	some after in values
	power.within(testing.step("", field, before, after))
}

# Every pair in which the value stays, or moves towards the front.
descending(chain) := {[before, after] |
	some i, before in chain
	some j, after in chain
	j <= i
}

chains := {
	"risk.tier": ["high", "medium", "low"],
	"risk.touches[]": [true, null],
	"tools[]": [null, true],
	"data[]": [null, true],
	"data[].access": [null, "read", "write"],
	"actions[]": [null, true],
	"actions[].release": [null, "named", "review", "sample", "automatic"],
	"state.state": ["retired", "proposed", "paused", "live"],
}

test_values_in_one_line if {
	every field, chain in chains {
		within(field, chain) == descending(chain)
	}
}

test_tools_branch if {
	steps := within("tools[].effect", [null, "read", "write", "external"])
	steps == descending([null, "read", "write"]) | descending([null, "read", "external"])
}

test_effects_have_no_order_but_absence if {
	effects := ["label", "draft", "update", "send", "pay", "change"]
	steps := within("actions[].effect", array.concat([null], effects))
	steps == {[null, null]} | ({[effect, effect] | some effect in effects} | {[effect, null] | some effect in effects})
}

test_lower_numbers if {
	every field in ["stop.when[].above", "rollback.within"] {
		within(field, [null, 0, 0.5, 3]) == descending([0, 0.5, 3]) | {[null, 0], [null, 0.5], [null, 3]}
	}
}

test_words_are_no_numbers if {
	within("rollback.within", ["a", "b"]) == set()
	within("rollback.within", [1, "a"]) == {[1, 1]}
}

test_adding if {
	every field in ["stop.when[]", "stop.when[].over", "state.stopped[]"] {
		within(field, [null, "a", "b"]) == {[null, "a"], [null, "b"]}
	}
}

test_a_reason_says_nothing_about_power if {
	values := [null, "a", "b"]
	within("state.reason", values) == {[before, after] | some before in values; some after in values}
}

test_every_field_is_decided_one_way if {
	every field, kind in power.order {
		decided(kind)
		widens_or_is_judged(field, kind)
	}
}

test_models_prompts_and_files_widen if {
	every field in ["models[]", "models[].id", "models[].when", "models[].why", "prompt", "files[]", "text"] {
		within(field, [null, true, "a", "b", 1]) == set()
	}
}

test_people_and_the_way_back_widen if {
	every field in ["approver", "reviewers", "stop.by", "rollback.to", "rollback.drill", "fallback.file", "fallback.tell"] {
		within(field, [null, true, "a", "b", 1]) == set()
	}
}

test_words_about_the_work_widen if {
	every field in ["workflow", "summary", "task", "risk.harm"] {
		within(field, [null, true, "a", "b", 1]) == set()
	}
}

test_an_unknown_field_widens if within("actions[].budget", [null, true, "a", 1]) == set()

test_an_unknown_value_widens if {
	every field, _ in chains {
		within(field, ["something new", "something else", 0, ""]) == set()
	}
}

decided(kind) if kind in {"widens", "lower", "adding", "neutral"}

decided(kind) if {
	is_array(kind)
	every chain in kind {
		count(chain) == count({value | some value in chain})
	}
}

widens_or_is_judged(field, "widens") if within(field, [null, "a", 1]) == set()

widens_or_is_judged(_, kind) if kind != "widens"
