# METADATA
# title: The decision
# description: What an application is told before each action. Nothing known, nothing proved or nobody there means no.
package countersign

import data.countersign.runtime.approval
import data.countersign.runtime.refusal
import data.countersign.runtime.standing

# Said whenever anything below has no answer.
default decision := {
	"decision": "deny",
	"go": false,
	"code": "undecided",
	"version": null,
	"models": [],
	"prompt": null,
	"fallback": null,
	"revision": null,
	"seq": null,
}

decision := {
	"decision": "deny",
	"go": false,
	"code": refusal.code,
	"version": right_version,
	"models": [],
	"prompt": null,
	"fallback": fallback,
	"revision": revision,
	"seq": seq,
}

decision := {
	"decision": release,
	"go": go,
	"code": code,
	"version": input.version,
	"models": standing.running.models,
	"prompt": standing.running.prompt,
	"fallback": standing.declared.fallback,
	"revision": data.catalog.revision,
	"seq": data.catalog.seq,
} if {
	not refusal.code
}

release := standing.running.actions[input.action].release

# A named release goes when the person named for it has released exactly this.
go := approval.problem == "" if {
	release == "named"
} else := true

code := approval.problem if {
	not go
} else := "rollover" if {
	input.version != standing.right
} else := "released"

# What people work on meanwhile, and by what this was decided.
default fallback := null

fallback := standing.declared.fallback

default revision := null

revision := data.catalog.revision

default seq := null

seq := data.catalog.seq

default right_version := null

right_version := standing.right
