package countersign.lib.consent_test

import data.countersign.lib.consent
import data.countersign.testing

name := "billing-replies"

steps(delta) := {"/workflows/0/delta": delta}

pause := steps([testing.step("state.state", "state.state", "live", "paused")])

narrowers(changes) := found if {
	found := consent.narrowers[name] with input as testing.given(object.union(pause, changes))
}

asked(changes) if consent.owner_asked[name] with input as testing.given(changes)

test_widening_changes_need_consent if {
	count(consent.widening) == 1 with input as testing.facts
	consent.widening == [] with input as testing.given(pause)
	consent.widening == [] with input as testing.given({"/workflows/0/status": "deleted", "/workflows/0/after": null})
}

test_the_owner_is_asked_for_new_powers if {
	every field in [
		"risk.tier", "risk.touches[]", "tools[]", "tools[].effect", "data[]", "data[].access", "actions[]",
		"actions[].effect", "actions[].release",
	] {
		asked(steps([testing.step(field, field, "a", "b")]))
	}
}

test_the_owner_is_asked_for_a_new_workflow if asked({"/workflows/0/status": "added", "/workflows/0/before": null})

test_the_owner_is_not_asked_for_the_rest if {
	every field in ["files[]", "prompt", "models[].id", "approver", "state.state", "stop.by", "text"] {
		not asked(steps([testing.step(field, field, "a", "b")]))
	}
}

test_the_owner_is_not_asked_for_less if {
	not asked(steps([testing.step("actions[a].release", "actions[].release", "review", "named")]))
}

test_who_countersigns if {
	consent.countersigner == {name: "finn"} with input as testing.facts
	consent.countersigner == {name: "cleo"} with input as testing.given({"/change/authors": ["finn"]})
	consent.countersigner == {} with input as testing.given({"/change/authors": ["ana", "cleo", "finn"]})
}

test_who_signs_for_the_owner if {
	consent.owner_signs == {name: "ana"} with input as testing.facts
	consent.owner_signs == {name: "ben"} with input as testing.given({"/change/authors": ["ana"]})
	consent.owner_signs == {} with input as testing.given({"/change/authors": ["ana", "ben"]})
	consent.owner_signs == {} with input as testing.given({"/team/owner": null})
}

test_who_may_countersign_at_medium if {
	consent.medium_signers == {"ana", "ben", "cleo", "finn"} with input as testing.facts
	consent.medium_signers == {"ana", "cleo"} with input as testing.given({
		"/change/authors": ["ben"],
		"/team/people/finn/may": ["low", "high"],
	})
}

test_who_hands_over if {
	consent.handing_over == {} with input as testing.facts
	consent.handing_over[name] == {"old": "finn", "new": "cleo"} with input as testing.given({
		"/workflows/0/after/manifest/approver": "cleo",
	})
	consent.handing_over[name] == {"new": "finn"} with input as testing.given({
		"/workflows/0/before/manifest/approver": null,
	})
	consent.handing_over[name] == {"old": "finn"} with input as testing.given({
		"/workflows/0/after/manifest/approver": null,
	})
}

test_who_may_narrow if narrowers({}) == {"ana", "dana", "eli", "finn"}

test_stand_ins_may_narrow if {
	narrowers({"/team/people/finn/away": true, "/team/people/ana/left": true}) == {"ben", "cleo", "dana", "eli"}
}

test_those_who_are_not_here_may_not if narrowers({"/team/people/dana/away": true}) == {"ana", "eli", "finn"}

# T01
test_the_target_says_who_is_on_call if {
	narrowers({"/workflows/0/after/manifest/stop/by": "hana", "/workflows/0/after/manifest/approver": "hana"}) == {
		"ana", "dana",
		"eli", "finn",
	}
}

test_nobody_need_be_named if {
	nobody := {"/workflows/0/before/manifest/stop": null, "/workflows/0/before/manifest/approver": null}
	narrowers(nobody) == {"ana"}
}

test_restoring_needs_the_same if {
	found := consent.narrowers[name] with input as testing.given({"/workflows/0/after/prompt_digest": "h1:prompt-earlier"})
	found == {"ana", "dana", "eli", "finn"}
}

test_widening_is_not_theirs if consent.narrowers == {} with input as testing.facts
