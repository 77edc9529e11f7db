"""How a project and its control project are set up on GitLab: what guards, what is open, and how to close it."""
