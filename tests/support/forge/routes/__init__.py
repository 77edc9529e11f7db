"""The routes, by what they are about."""

import importlib

SUBJECTS = (
    "users", "projects", "merge_requests", "approvals", "approval_rules", "notes", "commits", "pipelines", "protection",
    "settings", "administration", "files",
)  # fmt: skip


def load() -> None:
    """Import every module of routes, which adds them to the table."""
    for subject in SUBJECTS:
        importlib.import_module(f"support.forge.routes.{subject}")
