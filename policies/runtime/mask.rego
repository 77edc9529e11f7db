# METADATA
# title: What decision logs keep
# description: Takes out of each logged question whatever the contract does not name, and what lets somebody act as somebody else.
package system.log

# What may be kept of a question: none of it is written by a customer.
known := {"workflow", "action", "version", "caller", "digest", "approval"}

of_approval := {"by", "at", "digest"}

# A question that is none, or that has fields with odd names, is kept out as a whole.
mask contains "/input" if not is_object(input.input)

mask contains "/input" if {
	some key in object.keys(input.input)
	not regex.match(`^[A-Za-z0-9_-]+$`, key)
}

mask contains sprintf("/input/%s", [key]) if {
	some key in (object.keys(input.input) - known)
}

mask contains sprintf("/input/%s", [key]) if {
	some key in (known - {"approval"})
	value := input.input[key]
	not is_string(value)
}

mask contains "/input/approval" if odd(input.input.approval)

odd(approval) if not is_object(approval)

odd(approval) if object.keys(approval) - (of_approval | {"token"}) != set()

odd(approval) if {
	some key in of_approval
	value := approval[key]
	not is_string(value)
}

mask contains "/input/approval/token" if input.input.approval.token

# What a point holds shows the signed requests beside the stops.
mask contains sprintf("/result/%s", [key]) if {
	input.path == "countersign/point"
	some key in ["stops", "rollbacks"]
}
