"""What drills rehearse against on one machine: a model, a receiver of notices and a work queue, each over HTTP."""
