# METADATA
# title: One name, one folder
# description: A workflow bears the name of its folder, plainly spelled, and no other workflow's name reads the same.
# scope: package
# custom:
#   solution: Rename the folder or the `workflow` field so that both are the same plain name, unlike every other workflow's.
#   severity: deny
#   waivable: false
#   warn_when: []
#   effective_on: 2026-11-01
package countersign.gate.workflow.folder

import data.countersign.lib.workflows

findings contains {"workflow": workflow.name, "field": "workflow", "message": message} if {
	some workflow in workflows.sound
	workflow.after.manifest.workflow != workflow.name
	message := sprintf("Must equal the folder's name, %s (got %s)", [workflow.name, workflow.after.manifest.workflow])
}

findings contains {"workflow": workflow.name, "field": "workflow", "message": message} if {
	some workflow in workflows.sound
	workflow.after != null
	name := workflow.name
	not plain(name)
	message := sprintf("Must be in a folder named with a-z, 0-9 and single hyphens, at most 63 (got %s)", [name])
}

findings contains {"workflow": workflow.name, "field": "workflow", "message": message} if {
	some workflow in workflows.sound
	workflow.after != null
	workflow.history.look_alike != null
	message := sprintf("Must not read like the name of another workflow, %s", [workflow.history.look_alike])
}

# A link or another repository in a folder's place is no workflow, and nothing in it would be judged.
findings contains {"workflow": null, "field": entry.path, "message": message} if {
	some entry in input.change.control.paths
	startswith(entry.path, "workflows/")
	entry.kind in {"symlink", "submodule"}
	message := sprintf("Must be a folder of plain files: %s (got %s)", [entry.path, entry.kind])
}

plain(name) if {
	regex.match(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`, name)
	count(name) <= 63 # of plain letters, which both engines count alike
}
