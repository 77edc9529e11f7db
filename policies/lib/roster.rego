# METADATA
# title: Roster
# description: The team as the change leaves it, which is judged; `people` is the team as the target has it, which judges.
package countersign.lib.roster

# What its schemas refuse is told once, by people.schema and waiver.malformed, and not judged any further.
readable if input.team_after.problems == []

# Undefined unless the change touches team/ or the whole repository is judged.
judged := input.team_after if {
	readable
	some reason in [input.team_changed, input.mode == "all"]
	reason
}

# Who may be named for a duty: a person, or a rota of people.
named contains id if some id, _ in input.team_after.people

named contains rota if some rota, _ in input.team_after.rotas

# In `people`, and not gone.
staying contains id if {
	some id, person in input.team_after.people
	not person.left
}

# Neither a person nor a rota; who is not named at all is none, and while the team cannot be read, nobody is.
stranger(id) if {
	id != null
	readable
	not id in named
}

# Keys that can still sign.
signing contains key if {
	some id in staying
	person := input.team_after.people[id]
	some key in ({held | some held in person.keys} - {ended | some ended in person.ended})
}

key_holders[key] contains id if {
	some id, person in input.team_after.people
	some key in person.keys
}
