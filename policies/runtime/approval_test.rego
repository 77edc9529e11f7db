package countersign.runtime.approval_test

import data.countersign.runtime.approval
import data.countersign.testing

good := {"by": "hana", "at": "2026-11-20T11:55:00Z", "digest": "sha256:this"}

question := object.union(testing.asked, {"action": "invoice-copy", "digest": "sha256:this"})

wrong(changes, catalog) := problem if {
	problem := approval.problem with input as object.union(question, {"approval": object.union(good, changes)})
		with data.catalog as json.patch(testing.catalog, [{"op": "add", "path": path, "value": value} | some path, value in catalog])
		with time.now_ns as testing.at(testing.noon)
}

asked(changes) := problem if {
	problem := approval.problem with input as object.union(question, changes)
		with data.catalog as testing.catalog
		with time.now_ns as testing.at(testing.noon)
}

claims := {
	"for": "approve",
	"workflow": "billing-replies",
	"action": "invoice-copy",
	"version": "h1:now",
	"digest": "sha256:this",
}

by_dana(token) := {"by": "dana", "token": token}

test_a_reviewer_releases_it if wrong({}, {}) == ""

test_without_one_it_waits if {
	asked({}) == "approval_needed"
	asked({"approval": null}) == "approval_needed"
}

test_it_must_be_whole if {
	every changes in [{"by": null}, {"by": ""}, {"digest": 7}, {"at": "noon"}, {"at": 7}] {
		wrong(changes, {}) == "approval_malformed"
	}
	asked({"approval": "yes"}) == "approval_malformed"
	asked({"approval": good, "digest": null}) == "approval_malformed"
	undigested := approval.problem with input as object.union(testing.asked, {"approval": good})
		with data.catalog as testing.catalog
		with time.now_ns as testing.at(testing.noon)
	undigested == "approval_malformed"
}

test_it_holds_for_one_action_only if wrong({"digest": "sha256:other"}, {}) == "approval_other_action"

test_nobody_releases_what_they_ask_for if {
	asked({"approval": good, "caller": "hana"}) == "approval_by_caller"
}

test_only_who_is_named_for_it_releases_it if {
	wrong({"by": "ben"}, {}) == "approval_not_named"
	wrong({"by": "stranger"}, {}) == "approval_not_named"
	wrong({"by": "cleo"}, {}) == "approval_not_named"
	wrong({"by": "finn"}, {}) == ""
	wrong({"by": "ben"}, {"/workflows/billing-replies/reviewers": "ben"}) == ""
}

test_who_is_away_or_gone_releases_nothing if {
	every person in ["hana", "finn"] {
		wrong({"by": person}, {sprintf("/people/%s/left", [person]): "2026-11-20"}) == "approval_not_named"
		wrong({"by": person}, {sprintf("/people/%s/left", [person]): "2026-11-21"}) == ""
		wrong({"by": person}, {sprintf("/people/%s/away", [person]): [{"from": "2026-11-20", "to": "2026-11-20"}]}) == "approval_not_named"
		wrong({"by": person}, {sprintf("/people/%s/away", [person]): [{"from": "2026-11-21", "to": "2026-11-22"}]}) == ""
		wrong({"by": person}, {sprintf("/people/%s/away", [person]): [{"from": "2026-11-18", "to": "2026-11-19"}]}) == ""
	}
}

test_the_deputy_stands_in_for_the_approver if {
	gone := {"/people/finn/left": "2026-11-01"}
	wrong({"by": "cleo"}, gone) == ""
	wrong({"by": "cleo"}, object.union(gone, {"/people/cleo/left": "2026-11-01"})) == "approval_not_named"
}

test_it_holds_for_ten_minutes if {
	wrong({"at": "2026-11-20T11:50:00Z"}, {}) == ""
	wrong({"at": "2026-11-20T11:49:59Z"}, {}) == "approval_expired"
	wrong({"at": "2026-11-20T12:01:00Z"}, {}) == ""
	wrong({"at": "2026-11-20T12:01:01Z"}, {}) == "approval_expired"
}

test_who_has_a_key_signs if {
	wrong(by_dana(testing.token(claims)), {}) == ""
	wrong({"by": "dana"}, {}) == "approval_unsigned"
	wrong(by_dana("e30.e30.e30"), {}) == "approval_unsigned"
	wrong(by_dana(testing.token(claims)), {"/people/dana/keys/0/to": "2026-11-19"}) == "approval_unsigned"
	wrong({"by": "dana"}, {"/people/dana/keys/0/to": "2026-11-19"}) == "approval_unsigned"
}

test_the_signature_is_of_exactly_this if {
	every field, value in {"for": "stop", "workflow": "other", "action": "sort", "version": "h1:old", "digest": "sha256:other", "iss": "ana"} {
		wrong(by_dana(testing.token(object.union(claims, {field: value}))), {}) == "approval_unsigned"
	}
}
