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

shown(body) := found if {
	held := {"stops": {"a": {"all": {"s1": body}}}, "rollbacks": {"a": {"r1": body}}}
	told := point with data.catalog as testing.catalog with data.control as held
	found := told.stops.a.all.s1
	found == told.rollbacks.a.r1
}

test_what_a_stop_says_is_shown if {
	said := {"version": "h1:now", "to": "h1:before", "at": "2026-11-20T12:00:00.000Z", "reason": "Odd.", "by": "dana", "request": "e30"}
	shown(said) == said
	crossed := {"trigger": {"metric": "wrong_price", "above": 0, "over": 60, "value": null}}
	shown(crossed) == crossed
}

test_whatever_else_is_written_there_is_not_shown_and_it_holds if {
	every body in [{}, "odd", 7, null, [], {"a": {"b": 1}}, {"reason": {"a": 1}}] {
		shown(body) == {}
	}
	shown({"trigger": "odd"}) == {"trigger": {}}
	shown({"trigger": {"metric": {"a": 1}, "value": [1], "above": 2, "x": 3}}) == {"trigger": {"above": 2}}
	long := concat("", [letter | some _ in numbers.range(1, 5000); letter := "x"])
	count(shown({"reason": long}).reason) == 4096
	count(shown({"trigger": {"metric": long}}).trigger.metric) == 4096
}
