# METADATA
# title: The request
# description: What an application asks, read so that a missing or misshapen part is null and never a guess.
package countersign.runtime.request

default workflow := null

workflow := input.workflow if text(input.workflow)

default action := null

action := input.action if text(input.action)

default version := null

version := input.version if text(input.version)

default caller := null

caller := input.caller if text(input.caller)

# The digest of the exact action: what it does, to whom, with which words. The application works it out.
default digest := null

digest := input.digest

default approval := null

approval := input.approval

sound if {
	workflow != null
	action != null
	version != null
	caller != null
}

text(value) if {
	is_string(value)
	value != ""
	count(value) <= 200
}
