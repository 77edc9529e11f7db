"""A target on this machine: real points, real bundles, a real worker; stand-ins only for the model and for people."""
