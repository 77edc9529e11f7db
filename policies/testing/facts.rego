# METADATA
# title: Facts for tests
# description: >-
#   A complete input in which everything is in order: hana edited the prompt of a live high-tier workflow, finn
#   countersigned it, and its way back is rehearsed. It yields no finding; each test changes one thing.
package countersign.testing

facts := {
	"mode": "change",
	"assurance": "cooperative",
	"repair": false,
	"change": {
		"authors": ["hana"],
		"opened_by": null,
		"pushed_by_others": false,
		"unknown_emails": [],
		"control": {"digest": "tree:control", "approvals": [], "paths": [], "absences": []},
	},
	"team": team,
	"team_after": team,
	"team_changed": false,
	"rules": null,
	"rules_before": [],
	"records": "readable",
	"records_lost": [],
	"fleet": null,
	"workflows": [workflow],
}

workflow := {
	"name": "billing-replies",
	"status": "edited",
	"problems": [],
	"changed_paths": ["reply.prompt"],
	"before": side("before"),
	"after": side("after"),
	"countersigned": "h1:countersigned-after",
	"delta": [{
		"path": "files[reply.prompt]",
		"field": "files[]",
		"before": "100644:h1:prompt-before",
		"after": "100644:h1:prompt-after",
	}],
	"history": {"was_live": true, "removed_before": false, "look_alike": null},
	"approvals": [approval("finn", "after")],
	"drills": [drill("after", 3)],
	"recorded": [recorded("before", 20), recorded("earlier", 25)],
	"stops": [],
	"state_plain": false,
}

# An approval of one version of the workflow.
approval(person, mark) := {
	"person": person,
	"forge": team.people[person].forge,
	"digest": sprintf("h1:countersigned-%s", [mark]),
	"age_days": 0,
	"how": "file",
	"void": null,
}

# A stop that eli signed, and the change that puts it on file.
stop := object.union(entry, {"rollback_to": null, "by": "eli"})

entry := {"id": "s1", "action": "all", "version": "h1:version-before", "reason": "Odd.", "at": "2026-11-01T00:00:00Z"}

on_file := {
	"/workflows/0/delta": [step("state.stopped[s1]", "state.stopped[]", null, "{}")],
	"/workflows/0/after/state/stopped": [entry],
	"/workflows/0/after/version": "h1:version-before",
	"/workflows/0/stops": [stop],
	"/workflows/0/state_plain": true,
}

# One entry of a delta.
step(path, field, old, new) := {"path": path, "field": field, "before": old, "after": new}

# The facts with other values at some JSON pointers; "/-" at the end of a pointer adds to a list.
given(changes) := json.patch(facts, [{"op": operation(pointer), "path": pointer, "value": value} |
	some pointer, value in changes
])

# Setting an item of a list replaces it, where JSON Patch's `add` would insert.
operation(pointer) := "replace" if regex.match(`/[0-9]+$`, pointer)

operation(pointer) := "add" if not regex.match(`/[0-9]+$`, pointer)
