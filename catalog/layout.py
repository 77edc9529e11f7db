"""Where things live in a repository, by name. Every other module asks here."""

from __future__ import annotations

WORKFLOWS = "workflows"
TEAM = "team"
POLICIES = "policies"

MANIFEST = "workflow.yaml"
STATE = "state.yaml"
PEOPLE = "team/people.yaml"
TASKS = "team/tasks.yaml"
WAIVERS = "team/waivers.yaml"
POINTS = "team/enforcement-points.yaml"
TARGETS = "team/drill-targets.yaml"
CODEOWNERS = ".gitlab/CODEOWNERS"

MAX_FILES = 256
"""Files that one workflow's folder may hold."""


def workflow_of(path: str) -> str | None:
    """The name of the workflow whose folder holds `path`; None for every other path."""
    parts = path.split("/", 2)
    return parts[1] if len(parts) == 3 and parts[0] == WORKFLOWS and parts[1] and parts[2] else None


def folder(workflow: str) -> str:
    """The workflow's folder, from the repository's root."""
    return f"{WORKFLOWS}/{workflow}"
