package countersign.testing

import data.countersign.runtime.seal

# What one enforcement point holds: a bundle, a lease, and no stop. Its clock stands at noon.
noon := "2026-11-20T12:00:00Z"

at(written) := time.parse_rfc3339_ns(written)

catalog := {
	"revision": "c0ffee-h1:policies",
	"commit": "c0ffee",
	"seq": 41,
	"lease_seconds": 30,
	"points": {"eu-1": {"url": "https://opa-1.example.org", "group": "production"}},
	"owner": "ana",
	"deputy": "ben",
	"tokens": {
		"keeper": concat(":", ["sha256", crypto.sha256("keeper-token")]),
		"watcher": concat(":", ["sha256", crypto.sha256("watcher-token")]),
		"applications": {concat(":", ["sha256", crypto.sha256("mailer-token")]): "mailer"},
	},
	"people": {
		"ana": signer([{"id": "ana-2026", "jwk": public}]),
		"ben": signer([]),
		"cleo": signer([]),
		"dana": signer([{"id": "dana-2026", "jwk": public, "from": "2026-01-01", "to": "2026-12-31"}]),
		"eli": signer([]),
		"finn": object.union(signer([]), {"deputy": "cleo"}),
		"hana": signer([]),
	},
	"rotas": {"support": ["dana", "eli"], "support-agents": ["dana", "eli", "hana"]},
	"workflows": {"billing-replies": {
		"state": "live",
		"version": "h1:now",
		"tier": "high",
		"models": [{"use": "default", "when": null, "id": "fenwick/quick-2026-03-01"}],
		"prompt": {"file": "reply.prompt", "digest": "h1:prompt-now"},
		"actions": {
			"invoice-copy": {"effect": "send", "release": "named"},
			"late-fee-question": {"effect": "draft", "release": "review"},
			"sort": {"effect": "label", "release": "automatic"},
		},
		"approver": "finn",
		"reviewers": "support-agents",
		"stop_by": "support",
		"fallback": {"file": "fallback.md", "tell": "#support-leads"},
		"stopped": [],
		"previous": {"version": "h1:before", "until": "2026-11-20T12:10:00Z"},
		"earlier": ["h1:before", "h1:long-ago"],
		"returnable": {
			"h1:before": earlier("h1:prompt-before", "staging"),
			"h1:long-ago": earlier("h1:prompt-long-ago", "staging"),
		},
	}},
}

signer(keys) := {"keys": keys, "deputy": null, "away": [], "left": null}

earlier(prompt, target) := {
	"tier": "high",
	"models": [{"use": "default", "when": null, "id": "fenwick/older-2026-01-01"}],
	"prompt": {"file": "reply.prompt", "digest": prompt},
	"actions": {
		"invoice-copy": {"effect": "send", "release": "named"},
		"late-fee-question": {"effect": "draft", "release": "review"},
	},
	"rollback_digest": "h1:rollback",
	"stopped": false,
	"drills": [
		{"version": "h1:before", "rollback_digest": "h1:rollback", "outcome": "passed", "target": target, "at": "2026-11-10T09:00:00.000Z"},
		{"version": "h1:long-ago", "rollback_digest": "h1:rollback", "outcome": "passed", "target": target, "at": "2026-09-10T09:00:00.000Z"},
	],
}

# A person's key, and what it signed.
key := {
	"kty": "OKP", "crv": "Ed25519",
	"x": "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw",
	"d": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
}

public := json.marshal(json.remove(key, ["d"]))

signed(claims) := io.jwt.encode_sign({"alg": "EdDSA", "typ": "JWT"}, claims, key)

# Signed by dana at noon, for ten minutes.
token(claims) := signed(object.union({"iss": "dana", "iat": at(noon) / 1000000000, "exp": (at(noon) / 1000000000) + 600}, claims))

# An id as the command makes it.
stop_id(workflow, action, version) := concat("-", ["s1", seal.of(["stop", workflow, action, version, ""])])

back_id(workflow, version, to) := concat("-", ["r1", seal.of(["rollback", workflow, "all", version, to])])

control := {"lease": {"until": "2026-11-20T12:00:20Z", "seq": 41}}

asked := {"workflow": "billing-replies", "action": "late-fee-question", "version": "h1:now", "caller": "mailer"}
