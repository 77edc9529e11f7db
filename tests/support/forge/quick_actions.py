"""Quick actions: lines of a comment that GitLab obeys as if the commenter had clicked.

A gate that echoes somebody's text must never write such a line, so this server obeys a little more than GitLab does:
only a block between lines of three backticks protects what is in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from support.forge.answers import Refused
from support.forge.model import Executed, MergeRequest, User

if TYPE_CHECKING:
    from support.forge.verbs import Verbs

COMMAND = re.compile(r" {0,3}/(?P<name>\w+)(?:\s+(?P<argument>.*))?")
FENCE = re.compile(r"```[^`]*")
KNOWN = re.compile(
    r"(un|re)?(approve|assign|assign_reviewer|label|lock|subscribe)|remove_(estimate|label)|copy_metadata|labels"
    r"|close|done|draft|due|estimate|merge|milestone|move|publish|react|ready|rebase|reopen|request_changes"
    r"|request_review|ship|shrug|spend|spend_time|submit_review|tableflip|target_branch|title|todo|weight"
)


def execute(forge: Verbs, mr: MergeRequest, user: User, body: str) -> str:
    """Obey every quick action of a comment; returns what is left of it."""
    kept, lines, fenced = [], body.splitlines(), False
    for number, line in enumerate(lines):
        fenced = line != "```" if fenced else bool(FENCE.fullmatch(line)) and "```" in lines[number + 1 :]
        command = None if fenced else COMMAND.fullmatch(line)
        if command and KNOWN.fullmatch(command["name"].lower()):
            _obey(forge, Executed(mr, user, command["name"].lower(), (command["argument"] or "").strip()))
        else:
            kept.append(line)
    return body if len(kept) == len(lines) else "\n".join(kept).strip()


def _obey(forge: Verbs, asked: Executed) -> None:
    forge.quick_actions.append(asked)
    mr, user, words = asked.mr, asked.user, asked.argument.split()
    try:
        match asked.name:
            case "approve":
                forge.approve(mr, user)
            case "unapprove":
                forge.unapprove(mr, user)
            case "merge":
                forge.merge(mr, user, auto=True)
            case "label" | "labels":
                forge.label(mr, *(word.lstrip("~") for word in words), by=user)
            case "close":
                forge.close(mr, user)
            case "reopen":
                forge.reopen(mr, user)
            case "draft" | "ready":
                forge.set_draft(mr, asked.name == "draft", user)
            case "target_branch":
                forge.retarget(mr, asked.argument, user)
            case _:
                pass  # recorded, which is all that a test asks
    except Refused:
        pass  # GitLab answers the comment, and says under it that the command did not apply
