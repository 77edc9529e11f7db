# METADATA
# title: Signed requests
# description: What a person signed with the key that team/people.yaml lists, ten minutes ago at most.
package countersign.runtime.token

import data.countersign.runtime.clock

lifetime_s := 600

skew_s := 60

# Also one that has ended: nobody falls back to being vouched for.
holds_key(id) if some _ in data.catalog.people[id].keys

# What the token says, where it is signed by this person and in its time.
claims(id, token) := said if {
	[_, said, _] := io.jwt.decode(token)
	said.iss == id
	some key in usable_keys(id)
	io.jwt.verify_eddsa(token, key.jwk)
	in_time(said)
}

in_time(said) if {
	now := clock.now / 1000000000
	said.exp - said.iat <= lifetime_s
	said.iat <= now + skew_s
	now < said.exp
}

usable_keys(id) := [key |
	person := data.catalog.people[id]
	not gone(person)
	some key in person.keys
	begun(key)
	not ended(key)
]

gone(person) if {
	person.left != null
	person.left <= clock.today
}

begun(key) if object.get(key, "from", clock.today) <= clock.today

ended(key) if key.to < clock.today
