# METADATA
# title: What decision logs keep
# description: Takes out of each logged question whatever the contract does not name, and what lets somebody act as somebody else.
package system.log

# What may be kept of a question: none of it is written by a customer.
known := {"workflow", "action", "version", "caller", "digest", "approval"}

mask contains sprintf("/input/%s", [key]) if {
	some key in (object.keys(input.input) - known)
}

mask contains "/input/approval/token" if input.input.approval.token
