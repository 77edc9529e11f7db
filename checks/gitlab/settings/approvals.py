"""What GitLab itself asks for before a merge, where it is licensed to: a second line behind the gate."""

from __future__ import annotations

from urllib.parse import quote

from checks.gitlab.settings.item import Call, Item, fine, gap, note
from checks.gitlab.settings.setup import Setup

_NOT_HERE = "GitLab Free cannot; the gate asks for all of it itself"
_WANTED = {
    "reset_approvals_on_push": (True, "approvals stay when the content changes"),
    "merge_requests_author_approval": (False, "authors may approve their own"),
    "merge_requests_disable_committers_approval": (True, "who committed may approve"),
}
_PLACE = "Settings > Merge requests > Approval settings"


def settings(setup: Setup) -> Item:
    """Approvals go with the content, and nobody approves their own. Rules stay editable: `sync-rules` sets them."""
    if not setup.project.licensed():
        return note(_NOT_HERE)
    kept = setup.project.approvals()
    wrong = {key: (value, words) for key, (value, words) in _WANTED.items() if kept.known(key) is not value}
    if not wrong:
        return fine("approvals go when content changes; not by authors, not by committers")
    fix = Call(
        method="POST", path=setup.project.address("/approvals"), body={key: value for key, (value, _) in wrong.items()}
    )
    meaning = "The gate does not count such an approval; GitLab's page would show it as one."
    words = "; ".join(words for _, words in wrong.values())
    return gap(words, meaning, f"Set it in {_PLACE}, or by `--apply`.", fix)


def code_owners(setup: Setup) -> Item:
    """Where CODEOWNERS is kept, the target branch asks its owners."""
    if not setup.project.licensed():
        return note(_NOT_HERE)
    if setup.owners is None:
        return note("no CODEOWNERS is kept", "GitLab asks nobody by path; the gate does.")
    branch = setup.project.branch
    covering = [one for one in setup.project.protections() if one.covers(branch)]
    if any(one.code_owners for one in covering):
        return fine(f"`{branch}` asks the owners of each path")
    meaning = "CODEOWNERS is read, and nobody has to be asked."
    own = any(one.name == branch for one in covering)
    path = setup.project.address(f"/protected_branches/{quote(branch, '')}")
    fix = [Call(method="PATCH", path=path, body={"code_owner_approval_required": True})] if own else []
    return gap(f"`{branch}` asks no code owner", meaning, "Turn it on in Protected branches, or by `--apply`.", *fix)
