# METADATA
# title: People
# description: Who may sign what, read from the team as the target has it, never from the change that is judged.
package countersign.lib.people

active_ids contains id if {
	some id, person in input.team.people
	person.left == false
	person.away == false
}

authors contains id if some id in input.change.authors

# Whose having written it is consent. Addresses in commits are claims: where a forge says who opened the change, only
# that person's counts, and only while nobody else has pushed.
consenting contains id if {
	input.change.opened_by == null
	some id in authors
}

consenting contains input.change.opened_by if {
	input.change.opened_by != null
	input.change.pushed_by_others == false
}

known(id) if input.team.people[id]

active(id) if id in active_ids

authored(id) if id in authors

# Nobody approves what they wrote; where one person is all there is, low and medium are theirs to approve.
may_sign_for(id, _) if {
	id in active_ids
	not id in authors
}

may_sign_for(id, tier) if {
	id in active_ids
	alone(id)
	tier in {"low", "medium"}
}

eligible(id, tier) if {
	id in active_ids
	tier in input.team.people[id].may
}

# Who signs for `id`, in this order: themselves, their deputy, the owner; for the owner, the deputy. Undefined: nobody.
signatory(id, tier) := [person |
	some person in candidates(id, tier)
	may_sign_for(person, tier)
][0]

# Who answers for `id` while they are away or gone: the same order, but having written the change is no bar.
stand_in(id, tier) := [person | some person in candidates(id, tier); active(person)][0]

# Where two must consent, having written it is the author's consent.
consents(id, tier, approvals, digest) if {
	person := stand_in(id, tier)
	given(person, tier, approvals, digest)
}

given(person, _, _, _) if person in consenting

given(person, tier, approvals, digest) if has_approved(approvals, person, tier, digest)

has_approved(approvals, id, tier, digest) if {
	is_string(digest)
	some approval in approvals
	approval.person == id
	approval.digest == digest
	binds(approval, tier)
}

# A click names no content: whoever clicks may have read a page that was out of date. At high the content is named.
binds(_, tier) if tier in {"low", "medium"}

binds(approval, "high") if approval.how in naming

naming := {"file", "note", "sha"}

# On call for a workflow: the members of its rota, or the person named.
on_call(by) := {id |
	some id in array.concat([by], object.get(input.team.rotas, by, []))
	id in active_ids
}

# Some people, any of whom will do, in words.
any_of(ids) := ids[0] if count(ids) == 1

any_of(ids) := sprintf("one of %s", [concat(", ", ids)]) if count(ids) != 1

alone(id) if {
	input.team.solo == true
	id == input.team.owner
}

# An office needs no tier of its own: the owner and the owner's deputy stand in by office, others if they may.
candidates(id, tier) := array.concat([id], stand_ins(id, tier)) if is_string(id)

stand_ins(id, _) := [input.team.deputy] if id == input.team.owner

stand_ins(id, tier) := array.concat(deputies, [input.team.owner]) if {
	id != input.team.owner
	deputies := [deputy |
		deputy := input.team.people[id].deputy
		eligible(deputy, tier)
	]
}
