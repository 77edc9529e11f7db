package countersign.lib.delta_test

import data.countersign.lib.delta
import data.countersign.testing

action(before, after) := testing.step("actions[a]", "actions[]", before, after)

release(before, after) := testing.step("actions[a].release", "actions[].release", before, after)

effect(before, after) := testing.step("actions[a].effect", "actions[].effect", before, after)

test_nothing_is_no_wider if delta.wider([]) == set()

test_one_wider_path_is_told if {
	delta.wider([release("named", "review"), effect("send", "send")]) == {"actions[a].release"}
}

test_an_action_goes_with_its_parts if {
	delta.wider([action(true, null), release("named", null), effect("send", null)]) == set()
}

test_an_action_comes_with_its_parts if {
	delta.wider([action(null, true), release(null, "named")]) == {"actions[a]", "actions[a].release"}
}

test_a_part_does_not_go_without_its_item if {
	delta.wider([release("review", null)]) == {"actions[a].release"}
}

test_a_part_does_not_stay_when_its_item_goes if {
	delta.wider([action(true, null), release("review", "named")]) == {"actions[a].release"}
}

test_a_part_does_not_go_while_its_item_comes if {
	delta.wider([action(null, true), release("review", null)]) == {"actions[a]", "actions[a].release"}
}

test_another_item_is_another_matter if {
	other := testing.step("actions[b]", "actions[]", true, null)
	delta.wider([other, release("review", null)]) == {"actions[a].release"}
	delta.wider([other, release("review", "named")]) == set()
}

test_only_before_and_after_are_sides if {
	delta.wider([action(true, null), object.union(release("named", null), {"note": null})]) == set()
}

test_a_trigger_comes_with_its_number if {
	delta.wider([
		testing.step("stop.when[x]", "stop.when[]", null, true),
		testing.step("stop.when[x].above", "stop.when[].above", null, 3),
		testing.step("stop.when[x].over", "stop.when[].over", null, 60),
	]) == set()
}

test_a_number_does_not_come_alone if {
	delta.wider([testing.step("stop.when[x].above", "stop.when[].above", null, 3)]) == {"stop.when[x].above"}
}

test_a_trigger_does_not_go if {
	delta.wider([
		testing.step("stop.when[x]", "stop.when[]", true, null),
		testing.step("stop.when[x].above", "stop.when[].above", 3, null),
	]) == {"stop.when[x]", "stop.when[x].above"}
}

test_a_dot_in_a_name_is_no_part if {
	steps := [
		testing.step("stop.when[a.above]", "stop.when[]", null, true),
		testing.step("stop.when[a.above].above", "stop.when[].above", null, 3),
	]
	delta.wider(steps) == set()
}
