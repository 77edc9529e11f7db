# METADATA
# title: Seals
# description: The id of a stop or a way back ends in a digest of what it says. OPA shows no body to who may write, only the path; so nobody writes there what they did not sign.
package countersign.runtime.seal

holds(id, parts) if {
	regex.match(`^[a-z][a-z0-9-]{0,29}-[0-9a-f]{32}$`, id)
	endswith(id, concat("-", ["", of(parts)]))
}

of(parts) := substring(crypto.sha256(concat("\n", parts)), 0, 32)
