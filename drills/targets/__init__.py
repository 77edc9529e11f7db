"""Where a drill runs: the team's own services, or the sandbox in their place, both reached in the same way."""
