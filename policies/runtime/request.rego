# METADATA
# title: The request
# description: Whether an application asks a whole question. What it asks is `input`, as it came.
package countersign.runtime.request

sound if {
	is_string(input.workflow)
	is_string(input.action)
	is_string(input.version)
	text(input.caller)
}

text(value) if {
	is_string(value)
	value != ""
}
