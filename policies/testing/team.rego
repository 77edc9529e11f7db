package countersign.testing

team := {
	"owner": "ana",
	"deputy": "ben",
	"solo": false,
	"problems": [],
	"people": {
		"ana": person(["low", "medium", "high"], {"forge": 101, "deputy": "ben", "keys": ["ana-2026", "pipeline-2026"]}),
		"ben": person(["low", "medium", "high"], {"forge": 102, "deputy": "ana"}),
		"cleo": person(["low", "medium", "high"], {"forge": 103}),
		"dana": person(["low"], {"forge": 104}),
		"eli": person(["low"], {"forge": 105}),
		"finn": person(["low", "medium", "high"], {"forge": 106, "deputy": "cleo"}),
		"hana": person(["low"], {"forge": 108}),
	},
	"rotas": {"support": ["dana", "eli"], "support-agents": ["dana", "eli", "hana"]},
	"signers": {
		"change": ["pipeline-2026"],
		"drill": ["pipeline-2026"],
		"stop": ["ana-2026"],
		"resume": [],
		"result": [],
		"override": [],
	},
	"tasks": {
		"support": {"title": "Customer support", "owner": "ana"},
		"writing": {"title": "Writing", "owner": "ben"},
	},
	"waivers": [],
}

person(may, rest) := object.union(
	{
		"name": sprintf("Person %d", [rest.forge]),
		"emails": [sprintf("person-%d@example.org", [rest.forge])],
		"may": may,
		"deputy": null,
		"away": false,
		"left": false,
		"keys": [],
		"ended": [],
	},
	rest,
)
