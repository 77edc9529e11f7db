# METADATA
# title: Refusals
# description: Why nothing may run, whatever the release says; undefined when nothing stands against it. The first that holds.
package countersign.runtime.refusal

import data.countersign.runtime.lease
import data.countersign.runtime.request
import data.countersign.runtime.standing

code := "malformed_input" if {
	not request.sound
} else := "no_catalog" if {
	not data.catalog.revision
} else := "lease_ended" if {
	not lease.holds
} else := "undeclared_workflow" if {
	not standing.declared
} else := standing.declared.state if {
	standing.declared.state != "live"
} else := "stopped" if {
	standing.stopped
} else := back if {
	standing.rolled_back
	back := way_back
} else := "undeclared_action" if {
	not standing.settings(standing.right).actions[input.action]
} else := "stale_version" if {
	not standing.running
} else := "undeclared_action" if {
	not standing.running.actions[input.action]
}

way_back := "rollbacks_disagree" if {
	count(standing.targets) > 1
} else := "rollback_unusable" if {
	target := standing.target
	not standing.usable(target)
}
