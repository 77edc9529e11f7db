"""T19: the forge is down, slow, lying, paging without end or rate-limited, and answers what was not asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.attack import Act, Attack, attempt, pass_through
from support.desk import PROMPT, Desk
from support.forge import Fault, Forge, MergeRequest
from support.forge.faults import Kind
from support.forge.paging import HEADERS
from support.forge_desk import ForgeDesk, main, ready, records

from checks.gitlab import transport
from checks.gitlab.transport import Session

Json = Any
REQUEST, PUSHES, CLICKS, NOTES = r"/merge_requests/\d+$", "/versions$", "/approvals$", "/notes$"
ASKED = {"the merge request": REQUEST, "the pushes": PUSHES, "the approvals": CLICKS, "the comments": NOTES}
UNUSABLE: dict[Kind, str] = {
    "html": "a page of HTML", "truncated": "half an answer", "empty": "nothing at all",
    "under-scoped": "that the token may not",
}  # fmt: skip


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits: a call has a second, a run has three, and what would be slept is taken as slept."""
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.01)
    hurry = {"deadline": 1.0, "budget": 3.0, "sleep": lambda _: None}
    monkeypatch.setattr(Session.__init__, "__kwdefaults__", hurry)


def fault(method: str, path: str, kind: Kind, **more: Any) -> Act:
    """A sound change, on which GitLab fails like this, again and again."""

    def act(there: ForgeDesk) -> MergeRequest:
        request = ready(there)
        there.forge.fault(Fault(method, path, kind, times=None, **more))
        return request

    return act


def lie(path: str, edit: Callable[[Json], Json], *, signed: bool = True, without: tuple[str, ...] = ()) -> Act:
    """A change, countersigned or not, of which GitLab says something untrue."""

    def act(there: ForgeDesk) -> MergeRequest:
        request = ready(there)
        if not signed:
            there.forge.unapprove(request, there.users["finn"])
        there.forge.fault(Fault("GET", path, "lie", times=None, edit=edit, without=without))
        return request

    return act


def clicks(**fields: Json) -> Callable[[Json], Json]:
    """Every approval with something else in it; None takes the field away."""

    def edit(said: Json) -> Json:
        changed = [{**one, **fields} for one in said["approved_by"]]
        return {
            **said,
            "approved_by": [{key: value for key, value in one.items() if value is not None} for one in changed],
        }

    return edit


def every(**fields: Json) -> Callable[[Json], Json]:
    """Every item of a list with something else in it."""
    return lambda said: [{**one, **fields} for one in said]


def without(*keys: str) -> Callable[[Json], Json]:
    return lambda said: {key: value for key, value in said.items() if key not in keys}


def stale(there: ForgeDesk) -> MergeRequest:
    """GitLab still shows yesterday's head, and yesterday's approval of it."""
    request = ready(there)
    there.desk.replace(PROMPT, "at most 90", "at most 5")
    there.desk.commit("Quickly")
    there.push(request)
    old = request.pushes[0].head
    there.forge.fault(Fault("GET", REQUEST, "lie", times=None, edit=lambda said: {**said, "sha": old}))
    return request


def unmerged(there: ForgeDesk) -> MergeRequest:
    """GitLab says that it merges, and does not."""
    request = ready(there)
    there.forge.fault(Fault("PUT", "/merge$", "html", times=None, status=200))
    return request


def older(there: ForgeDesk) -> MergeRequest:
    """An older GitLab does not say when it was approved, and its log is gone."""
    there.forge.approved_at = False
    request = ready(there)
    request.notes[:] = [note for note in request.notes if not note.system]
    return request


NOBODY = {"approved": True, "approved_by": [], "approvals_left": 0}

ATTACKS = (
    *(Attack(f"GitLab answers {words} where {what} should be.", fault("GET", path, kind), "error", "GitLab")
      for (what, path), (kind, words) in zip(ASKED.items(), UNUSABLE.items(), strict=True)),
    Attack("GitLab is down.", fault("GET", "", "close"), "error", "GitLab cannot be asked now"),
    Attack("GitLab is busy, and says so for ever.", fault("GET", CLICKS, "429"), "error", "GitLab cannot be asked now"),
    Attack("GitLab drips: a byte, and another.", fault("GET", CLICKS, "drip", seconds=0.4), "error",
           "no answer within"),
    Attack("A list has no end.", fault("GET", PUSHES, "endless"), "error", "GitLab"),
    Attack("GitLab says approved, and by nobody.", lie(CLICKS, lambda said: {**said, **NOBODY}), "waits",
           "approver.countersign"),
    Attack("GitLab says that nobody has to approve.", lie(CLICKS, lambda said: {**said, **NOBODY}, signed=False),
           "waits", "approver.countersign"),
    Attack("The list of approvals is missing.", lie(CLICKS, without("approved_by")), "error",
           "described the approvals"),
    Attack("An approval has no user.", lie(CLICKS, clicks(user=None)), "error", "without `user`"),
    Attack("An approval's user is a name.", lie(CLICKS, clicks(user={"id": "103", "username": "finn"})), "error",
           "without `id`"),
    Attack("An approval's user is true.", lie(CLICKS, clicks(user={"id": True})), "error", "without `id`"),
    Attack("An approval is of somebody else's account by the right name.",
           lie(CLICKS, clicks(user={"id": 999, "username": "finn", "name": "Finn Albrecht"})), "waits",
           "approver.countersign",
           "forge user 999"),
    Attack("An approval's time is no time.", lie(CLICKS, clicks(approved_at="yesterday")), "error", "not a time"),
    Attack("An approval is from before the first push.", lie(CLICKS, clicks(approved_at="2020-01-01T00:00:00Z")),
           "waits", "approver.countersign", "it was given before the first push that GitLab knows"),
    Attack("An approval is from the future.", lie(CLICKS, clicks(approved_at="2999-01-01T00:00:00Z")),
           "waits", "approver.countersign", "dated after this judgement"),
    Attack("Nobody knows when it was approved.", older, "waits", "approver.countersign",
           "does not say when it was given"),
    Attack("GitLab knows of no push.", lie(PUSHES, lambda _: [], without=HEADERS), "error",
           "lists approvals of the merge request, and no push"),
    Attack("GitLab knows of no push, of no time, and its log is gone.",
           lambda there: _both(there, older, Fault("GET", PUSHES, "lie", times=None, edit=lambda _: [],
                                                   without=HEADERS)),
           "error", "lists approvals of the merge request, and no push"),
    Attack("GitLab knows of no push, and its pages say that there are some.", lie(PUSHES, lambda _: []), "error",
           "is not whole"),
    Attack("A push names no commit.", lie(PUSHES, every(head_commit_sha=None)), "error", "without `head_commit_sha`"),
    Attack("A push names a branch in place of a commit.", lie(PUSHES, every(head_commit_sha="main")), "error",
           "not a commit"),
    Attack("A push names an option of git in place of a commit.", lie(PUSHES, every(head_commit_sha="--upload-pack=x")),
           "error", "not a commit"),
    Attack("A push names a commit that nobody has.", lie(PUSHES, every(head_commit_sha="f" * 40)),
           "waits", "approver.countersign", "cannot be read any more"),
    Attack("The comments are all edited.", lie(NOTES, every(updated_at="2026-11-27T12:00:00.000Z")), "waits",
           "approver.countersign"),
    Attack("The comments are somebody else's.", lie(NOTES, every(author={"id": 104})), "waits", "approver.countersign"),
    Attack("The comments are GitLab's own.", lie(NOTES, every(system=True)), "waits", "approver.countersign"),
    Attack("The head is yesterday's.", stale, "error", "by GitLab's word"),
    Attack("The head is none.", lie(REQUEST, lambda said: {**said, "sha": None}), "error", "without `sha`"),
    Attack("The target is another branch.", lie(REQUEST, lambda said: {**said, "target_branch": "playground"}),
           "error", "only main is judged"),
    Attack("The author is nobody.", lie(REQUEST, lambda said: {**said, "author": None}), "error", "without `author`"),
    Attack("The merge request is a list.", lie(REQUEST, lambda said: [said]), "error", "described a merge request"),
    Attack("GitLab says that it merged, and did not.", unmerged, "error", "does not say whether it merges"),
    Attack("GitLab refuses to merge.", fault("PUT", "/merge$", "500"), "error", "500"),
    Attack("The result cannot be told.", fault("POST", "/notes$", "500"), "error", "500"),
    Attack("The status cannot be set.", fault("POST", "/statuses/", "under-scoped"), "error", "GitLab"),
)  # fmt: skip


def _both(there: ForgeDesk, act: Act, more: Fault) -> MergeRequest:
    request = act(there)
    there.forge.fault(more)
    return request


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T19: no answer is never no objection, and an answer is only believed where it says who, what and when."""
    attempt(attack, forge_desk)


@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "504", "close", "truncated"])
def test_what_passes_is_waited_for(forge_desk: ForgeDesk, kind: Kind) -> None:
    """T19: one passing error of a reading call is no reason to fail."""

    def act(there: ForgeDesk) -> MergeRequest:
        request = ready(there)
        there.forge.fault(Fault("GET", CLICKS, kind, retry_after=0))
        return request

    pass_through(forge_desk, act)


def test_a_lost_answer_is_looked_up(forge_desk: ForgeDesk) -> None:
    """T19: when GitLab merges and its answer is lost, it is recorded all the same."""

    def act(there: ForgeDesk) -> MergeRequest:
        request = ready(there)
        there.forge.fault(Fault("PUT", "/merge$", "close", after=True))
        return request

    pass_through(forge_desk, act)
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)


def test_an_older_gitlab_tells_the_time_in_its_log(desk: Desk) -> None:
    """T19: without `approved_at`, the moment comes from GitLab's own log of the merge request."""
    with ForgeDesk.begin(desk, Forge(approved_at=False)) as there:
        pass_through(there, ready)
