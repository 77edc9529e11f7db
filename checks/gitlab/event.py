"""What a webhook tells of something that happened: a hint at which merge request to judge, and nothing more.

Whoever knows the trigger's token can send one, so nothing of it is used but a number, which GitLab is then asked about.
That goes for the payload alone. Such a person can also set variables of the pipeline, which GitLab prefers to any other
of the same name: so the control project's file exports what is to be judged in its script, which is later still.
Source: https://docs.gitlab.com/user/project/integrations/webhook_events/.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SourceError
from catalog.records import strict_json
from checks.gitlab.client import Client
from checks.gitlab.facts import Answer

MAX_BYTES = 16 * 1024 * 1024
"""A merge request may describe itself with a million characters, each of which JSON may write as twelve."""
_MAX_NUMBER = 2**31 - 1
_NOTHING = "the event is about no merge request"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that somebody did to a merge request."""

    project: int
    number: int
    user: int


def number(client: Client, payload: bytes) -> int | str:
    """The number of the open merge request to judge, or in words why there is nothing to judge.

    What the judging account did itself calls for no judgement. Raises `SourceError` for a payload that is none, or that
    is of another project.
    """
    event = read(payload)
    if event is None:
        return _NOTHING
    if event.user == client.me:
        return f"this account itself changed !{event.number}"
    request = client.merge_request(event.number)
    if request.project != event.project:
        raise SourceError(
            f"The event is of project {event.project}, and this is project {request.project}.",
            why="Only the project that is judged may send events here.",
            solution="Remove the webhook from the other project, or name that project.",
        )
    return event.number if request.state == "opened" else f"!{event.number} is not open any more"


def read(payload: bytes) -> Event | None:
    """The event, or None when it is about no merge request. Raises `SourceError` for what is no event at all."""
    try:
        return _event(Answer("the event", strict_json.loads(payload)))
    except SourceError as error:
        raise _malformed(error.message) from None
    except (ValueError, RecursionError):
        raise _malformed("It is not JSON, or could be read in two ways.") from None


def load(path: Path) -> bytes:
    """The payload in a file, at most `MAX_BYTES` of it. Raises `SourceError` when it cannot be read, or is larger."""
    try:
        with path.open("rb") as file:
            payload = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"The event cannot be read ({type(error).__name__}).",
            solution="Name the file that GitLab's variable TRIGGER_PAYLOAD names.",
        ) from None
    if len(payload) > MAX_BYTES:
        raise _malformed(f"It is larger than {MAX_BYTES} bytes.")
    return payload


def _event(told: Answer) -> Event | None:
    kind = told.text("object_kind")
    if kind == "merge_request":
        about = told.inner("object_attributes")
    elif kind == "note" and told.inner("object_attributes").text("noteable_type") == "MergeRequest":
        about = told.inner("merge_request")
    else:
        return None
    project = told.inner("project").number("id")
    if about.number("target_project_id") != project or not 0 < about.number("iid") <= _MAX_NUMBER:
        raise SourceError("It contradicts itself about which merge request it is about.")
    return Event(project=project, number=about.number("iid"), user=told.inner("user").number("id"))


def _malformed(why: str) -> SourceError:
    return SourceError(
        "The event is not one that GitLab sends.",
        why=why,
        solution="See who else knows the token of the trigger, and change it.",
    )
