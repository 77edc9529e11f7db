package countersign.point_test

import data.countersign.point
import data.countersign.testing

test_a_point_tells_what_it_holds if {
	held := object.union(testing.control, {"stops": {"a": {"all": {"s1": {}}}}, "rollbacks": {"a": {"r1": {}}}})
	found := point with data.catalog as testing.catalog with data.control as held with time.now_ns as testing.at(testing.noon)
	found == {
		"now": "2026-11-20T12:00:00.000Z",
		"revision": "c0ffee-h1:policies",
		"seq": 41,
		"open": true,
		"lease_seconds": 30,
		"leased": {"until": "2026-11-20T12:00:20Z", "seq": 41},
		"points": {"eu-1": {"url": "https://opa-1.example.org", "group": "production"}},
		"stops": {"a": {"all": {"s1": {}}}},
		"rollbacks": {"a": {"r1": {}}},
	}
}

test_an_empty_point_says_so if {
	found := point with time.now_ns as testing.at("2026-11-20T12:00:00.5Z")
	found == {
		"now": "2026-11-20T12:00:00.500Z",
		"revision": null,
		"seq": null,
		"open": false,
		"lease_seconds": 0,
		"leased": null,
		"points": {},
		"stops": {},
		"rollbacks": {},
	}
}
