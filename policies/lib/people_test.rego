package countersign.lib.people_test

import data.countersign.lib.people
import data.countersign.testing

signs(changes, id, tier) := {person | person := people.signatory(id, tier) with input as testing.given(changes)}

stands_in(changes, id) := {person | person := people.stand_in(id, "high") with input as testing.given(changes)}

away(ids) := {sprintf("/team/people/%s/away", [id]): true | some id in ids}

by(ids) := {"/change/authors": ids}

solo := {"/team/solo": true, "/team/deputy": null}

test_known if {
	known("ana")
	not known("zoe")
}

test_active if {
	active_in({})
	not active_in({"/team/people/ana/away": true})
	not active_in({"/team/people/ana/left": true})
}

test_authored if {
	authored("hana")
	not authored("ana")
}

test_everybody_signs_for_themselves if signs({}, "finn", "high") == {"finn"}

test_the_deputy_signs_for_an_author if signs(by(["finn"]), "finn", "high") == {"cleo"}

test_the_deputy_signs_for_the_absent if {
	signs(away(["finn"]), "finn", "high") == {"cleo"}
	signs({"/team/people/finn/left": true}, "finn", "high") == {"cleo"}
}

test_a_deputy_who_may_not_approve_the_tier_does_not_sign if {
	weaker := object.union(away(["finn"]), {"/team/people/cleo/may": ["low", "medium"]})
	signs(weaker, "finn", "high") == {"ana"}
	signs(weaker, "finn", "medium") == {"cleo"}
}

test_the_owner_signs_when_the_deputy_cannot if {
	signs(object.union(by(["finn"]), away(["cleo"])), "finn", "high") == {"ana"}
	signs(by(["cleo", "finn"]), "finn", "high") == {"ana"}
	signs(object.union(by(["finn"]), {"/team/people/finn/deputy": null}), "finn", "high") == {"ana"}
}

test_nobody_is_left_for_the_approver if signs(by(["ana", "cleo", "finn"]), "finn", "high") == set()

test_the_owners_deputy_signs_for_the_owner if {
	signs(by(["ana"]), "ana", "high") == {"ben"}
	signs(away(["ana"]), "ana", "high") == {"ben"}
}

test_the_deputy_of_the_owner_is_the_teams if {
	signs(object.union(by(["ana"]), {"/team/people/ana/deputy": "cleo"}), "ana", "high") == {"ben"}
}

test_nobody_is_left_for_the_owner if signs(by(["ana", "ben"]), "ana", "high") == set()

# T04
test_the_owner_signs_for_somebody_unknown if signs({}, "zoe", "high") == {"ana"}

test_nobody_signs_for_nobody if signs({}, null, "high") == set()

# T02
test_solo_signs_their_own_low_and_medium_only if {
	mine := object.union(by(["ana"]), solo)
	signs(mine, "ana", "low") == {"ana"}
	signs(mine, "ana", "medium") == {"ana"}
	signs(mine, "ana", "high") == set()
}

test_solo_is_the_owners_alone if {
	ours := object.union(by(["ana", "cleo", "finn"]), solo)
	signs(ours, "finn", "low") == {"ana"}
	signs(ours, "finn", "high") == set()
}

test_somebody_else_is_no_better_off_for_solo if {
	mine := object.union(by(["finn"]), solo)
	signs(object.union(mine, {"/team/people/finn/deputy": null}), "finn", "low") == {"ana"}
}

test_without_solo_the_owner_does_not_sign_their_own if {
	signs(object.union(by(["ana"]), {"/team/deputy": null}), "ana", "low") == set()
}

test_solo_and_away_signs_nothing if {
	absent := object.union(object.union(by(["ana"]), solo), away(["ana"]))
	signs(absent, "ana", "low") == set()
}

test_an_author_may_stand_in if {
	stands_in(by(["finn"]), "finn") == {"finn"}
	stands_in(object.union(by(["cleo"]), away(["finn"])), "finn") == {"cleo"}
}

test_nobody_stands_in if stands_in(away(["ana", "cleo", "finn"]), "finn") == set()

test_eligible if {
	eligible({}, "finn")
	not eligible({}, "dana")
	not eligible({}, "zoe")
	not eligible(away(["finn"]), "finn")
}

# T03
test_an_approval_names_one_person_and_one_digest if {
	approvals := [testing.approval("finn", "after")]
	people.has_approved(approvals, "finn", "high", "h1:countersigned-after")
	not people.has_approved(approvals, "finn", "high", "h1:countersigned-before")
	not people.has_approved(approvals, "cleo", "high", "h1:countersigned-after")
	not people.has_approved([], "finn", "high", "h1:countersigned-after")
}

test_nothing_cannot_be_approved if not people.has_approved([{"person": "finn", "digest": null, "how": "note"}], "finn", "high", null)

# T03
test_a_click_alone_binds_up_to_medium if {
	clicked := [object.union(testing.approval("finn", "after"), {"how": "button"})]
	every tier in ["low", "medium"] { people.has_approved(clicked, "finn", tier, "h1:countersigned-after") }
	not people.has_approved(clicked, "finn", "high", "h1:countersigned-after")
	not people.has_approved(clicked, "finn", "unheard-of", "h1:countersigned-after")
}

test_what_names_the_content_binds_at_high if {
	every how in ["file", "note", "sha"] {
		named := [object.union(testing.approval("finn", "after"), {"how": how})]
		people.has_approved(named, "finn", "high", "h1:countersigned-after")
	}
	not people.has_approved([object.remove(testing.approval("finn", "after"), ["how"])], "finn", "high", "h1:countersigned-after")
}

test_person_and_digest_are_of_one_approval if {
	not people.has_approved(
		[testing.approval("finn", "before"), testing.approval("cleo", "after")],
		"finn", "high", "h1:countersigned-after",
	)
}

test_consent_is_given_by_writing_or_approving if {
	consents(by(["finn"]), [])
	consents({}, [testing.approval("finn", "after")])
	consents(away(["finn"]), [testing.approval("cleo", "after")])
	consents(object.union(away(["finn"]), by(["cleo"])), [])
}

test_consent_is_not_given_otherwise if {
	not consents({}, [])
	not consents({}, [testing.approval("finn", "before")])
	not consents({}, [testing.approval("cleo", "after")])
	not consents(away(["finn"]), [testing.approval("finn", "after")])
}

# T02
test_where_a_forge_says_who_opened_it_only_they_consent_by_writing if {
	claimed := {"/change/authors": ["finn", "gita"], "/change/opened_by": "gita"}
	not consents(claimed, [])
	consents(object.union(claimed, {"/change/opened_by": "finn"}), [])
	not consents(object.union(claimed, {"/change/opened_by": "forge user 999"}), [])
}

test_on_call_is_the_rota_or_the_person if {
	people.on_call("support") == {"dana", "eli"} with input as testing.facts
	people.on_call("hana") == {"hana"} with input as testing.facts
	people.on_call("support") == {"eli"} with input as testing.given(away(["dana"]))
	people.on_call("zoe") == set() with input as testing.facts
	people.on_call(null) == set() with input as testing.facts
}

known(id) if people.known(id) with input as testing.facts

authored(id) if people.authored(id) with input as testing.facts

active_in(changes) if people.active("ana") with input as testing.given(changes)

eligible(changes, id) if people.eligible(id, "high") with input as testing.given(changes)

consents(changes, approvals) if {
	people.consents("finn", "high", approvals, "h1:countersigned-after") with input as testing.given(changes)
}

test_one_person_is_not_one_of if {
	people.any_of(["ana"]) == "ana"
	people.any_of(["ana", "ben"]) == "one of ana, ben"
}
