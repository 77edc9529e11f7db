package countersign.lib.roster_test

import data.countersign.lib.roster
import data.countersign.testing

test_the_team_is_judged_when_it_changes if {
	roster.judged.owner == "hana" with input as testing.given({"/team_changed": true, "/team_after/owner": "hana"})
}

test_the_team_is_judged_with_the_whole_repository if {
	roster.judged.owner == "ana" with input as testing.given({"/mode": "all"})
	roster.judged.owner == "ana" with input as testing.given({"/mode": "all", "/team_changed": true})
}

test_else_it_is_not if {
	not roster.judged with input as testing.facts
}

test_what_cannot_be_read_is_not_judged_further if {
	broken := testing.given({"/mode": "all", "/team_after/problems": [{"file": "team/people.yaml"}]})
	not roster.judged with input as broken
	not roster.readable with input as broken
	roster.readable with input as testing.facts
}

test_people_and_rotas_can_be_named if {
	roster.named == {
		"ana", "ben", "cleo", "dana", "eli", "finn", "hana",
		"support", "support-agents",
	} with input as testing.facts
}

test_who_left_does_not_stay if {
	staying := roster.staying with input as testing.given({
		"/team_after/people/ana/left": true,
		"/team_after/people/ben/away": true,
	})
	staying == {"ben", "cleo", "dana", "eli", "finn", "hana"}
}

test_keys_belong_to_people if {
	roster.key_holders == {"ana-2026": {"ana"}, "pipeline-2026": {"ana"}} with input as testing.facts
}
