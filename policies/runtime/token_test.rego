package countersign.runtime.token_test

import data.countersign.runtime.token
import data.countersign.testing

seconds := testing.at(testing.noon) / 1000000000

claims(id, signed, changes) := found if {
	found := token.claims(id, signed) with data.catalog as json.patch(testing.catalog, [{"op": "add", "path": path, "value": value} | some path, value in changes])
		with time.now_ns as testing.at(testing.noon)
}

holds(id, changes) if {
	token.holds_key(id) with data.catalog as json.patch(testing.catalog, [{"op": "add", "path": path, "value": value} | some path, value in changes])
		with time.now_ns as testing.at(testing.noon)
}

test_it_says_what_was_signed if {
	claims("dana", testing.token({"for": "stop"}), {}) == {"iss": "dana", "for": "stop", "iat": seconds, "exp": seconds + 600}
}

test_nobody_signs_for_another if {
	not claims("eli", testing.token({}), {})
	not claims("dana", testing.token({"iss": "eli"}), {})
	not claims("eli", testing.token({"iss": "eli"}), {})
}

test_another_key_signs_nothing if {
	[head, _, signature] := split(testing.token({}), ".")
	[_, body, _] := split(testing.token({"for": "stop"}), ".")
	not claims("dana", concat(".", [head, body, signature]), {})
	unsigned := concat(".", [base64url.encode_no_pad(`{"alg":"none"}`), body, ""])
	not claims("dana", unsigned, {})
	not claims("dana", "no token", {})
}

test_it_holds_for_ten_minutes if {
	claims("dana", testing.token({"iat": seconds - 599, "exp": seconds + 1}), {})
	not claims("dana", testing.token({"iat": seconds - 600, "exp": seconds}), {})
	claims("dana", testing.token({"iat": seconds + 60, "exp": seconds + 660}), {})
	not claims("dana", testing.token({"iat": seconds + 61, "exp": seconds + 661}), {})
	not claims("dana", testing.token({"exp": seconds + 601}), {})
	not claims("dana", testing.token({"exp": null}), {})
	not claims("dana", testing.token({"iat": "now"}), {})
}

signs(id, changes) if claims(id, testing.token({"iss": id}), changes)

test_a_key_holds_from_its_first_day_to_its_last if {
	signs("dana", {})
	signs("ana", {})
	not signs("eli", {})
	not signs("stranger", {})
	signs("dana", {"/people/dana/keys/0/from": "2026-11-20"})
	not signs("dana", {"/people/dana/keys/0/from": "2026-11-21"})
	signs("dana", {"/people/dana/keys/0/to": "2026-11-20"})
	not signs("dana", {"/people/dana/keys/0/to": "2026-11-19"})
}

test_a_key_ends_when_its_holder_leaves if {
	not signs("dana", {"/people/dana/left": "2026-11-20"})
	signs("dana", {"/people/dana/left": "2026-11-21"})
}

test_whose_key_has_ended_had_one if {
	holds("dana", {})
	holds("dana", {"/people/dana/keys/0/to": "2026-11-19"})
	not holds("eli", {})
	not holds("stranger", {})
}
