"""GitLab: who countersigned what, what a merge request is told, and how it is merged."""
