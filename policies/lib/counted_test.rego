package countersign.lib.counted_test

import data.countersign.lib.counted
import data.countersign.testing

name := "billing-replies"

roles(changes, people) := {one.role | some one in counting[name]} if {
	approvals := {"/workflows/0/approvals": [testing.approval(person, "after") | some person in people]}
	counting := counted.of with input as testing.given(object.union(changes, approvals))
}

uncounted(changes) if {
	counting := counted.of with input as testing.given(changes)
	not counting[name]
}

tier(grade) := {
	"/workflows/0/before/manifest/risk/tier": grade,
	"/workflows/0/after/manifest/risk/tier": grade,
}

pause := {"/workflows/0/delta": [testing.step("state.state", "state.state", "live", "paused")]}

over := {"/workflows/0/after/manifest/approver": "cleo"}

power := {"/workflows/0/delta": [testing.step("actions[a].release", "actions[].release", "named", "review")]}

test_the_place_in_the_list_is_told if {
	approvals := [testing.approval("hana", "after"), testing.approval("finn", "after")]
	counting := counted.of with input as testing.given({"/workflows/0/approvals": approvals})
	counting[name] == {{"approval": 1, "role": "approver"}}
}

test_what_does_not_count if {
	uncounted({"/workflows/0/approvals": []})
	uncounted({"/workflows/0/approvals": [testing.approval("finn", "before")]})
	uncounted({"/workflows/0/approvals": [testing.approval("ben", "after")]})
	uncounted({"/workflows/0/approvals": [object.union(testing.approval("finn", "after"), {"how": "button"})]})
	uncounted({"/workflows/0/after": null, "/workflows/0/status": "deleted"})
}

test_a_click_counts_where_power_narrows if {
	clicked := {"/workflows/0/approvals": [object.union(testing.approval("finn", "after"), {"how": "button"})]}
	counting := counted.of with input as testing.given(object.union(pause, clicked))
	count(counting[name]) == 1
}

test_as_what_they_approved if {
	roles({}, ["finn"]) == {"approver"}
	roles(over, ["cleo"]) == {"approver"}
	roles(over, ["finn"]) == {"former-approver"}
	roles(power, ["ana"]) == {"owner"}
	roles({"/workflows/0/delta": power["/workflows/0/delta"], "/team/people/ana/away": true}, ["ben"]) == {"deputy"}
	roles({"/team/people/finn/away": true}, ["cleo"]) == {"deputy"}
	roles(pause, ["dana"]) == {"on-call"}
	roles(pause, ["ana"]) == {"owner"}
	roles(object.union(tier("medium"), {"/team/people/finn/deputy": null}), ["cleo"]) == {"eligible"}
}

test_on_call_is_no_office_where_power_widens if {
	named := {"/team/people/dana/may": ["low", "medium"]}
	roles(object.union(tier("medium"), named), ["dana"]) == {"eligible"}
}

test_other_paths if {
	docs := {"/change/control/paths": [{"path": "docs/index.md", "status": "edited"}]}
	mine := object.union(testing.approval("ana", ""), {"digest": "tree:control"})
	control(docs, [mine]) == {{"approval": 0, "role": "owner"}}
	control(docs, [object.union(mine, {"digest": "tree:earlier"})]) == set()
	control(docs, [object.union(mine, {"person": "finn"})]) == set()
	control({}, [mine]) == set()
	control(object.union(docs, {"/change/authors": ["ana"]}), [object.union(mine, {"person": "ben"})]) == {
		{"approval": 0, "role": "deputy"},
	}
}

test_absences_ask_others if {
	away := {"/change/control/paths": [{"path": "team/people.yaml", "status": "edited"}], "/change/control/absences": ["finn"]}
	approval := object.union(testing.approval("cleo", ""), {"digest": "tree:control"})
	control(away, [approval]) == {{"approval": 0, "role": "deputy"}}
	control(away, [object.union(approval, {"person": "ben"})]) == set()
}

control(changes, approvals) := found if {
	found := counted.control with input as testing.given(object.union(changes, {"/change/control/approvals": approvals}))
}

test_self_approval_is_told if {
	alone := {"/team/solo": true, "/team/deputy": null, "/change/authors": ["ana"]}
	approved := {"/workflows/0/approvals": [testing.approval("ana", "after")]}
	mine := object.union(object.union(alone, tier("medium")), approved)
	counted.self_approved == {name} with input as testing.given(mine)
	counted.self_approved == set() with input as testing.given(object.union(mine, {"/change/authors": ["hana"]}))
	counted.self_approved == set() with input as testing.facts
}
