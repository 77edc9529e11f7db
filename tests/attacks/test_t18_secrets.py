"""T18: a secret in what is judged, in the job's own hands, or in an error, comes out again."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from support.attack import (
    SECRET,
    Act,
    Attack,
    ask,
    attempt,
    both,
    drill,
    editing,
    harmless,
    pass_through,
    riding,
    shorten,
    writing,  # fmt: skip
)
from support.company import signing_key
from support.desk import FOLDER, MANIFEST, NAME, PEOPLE, PROMPT, STATE, Desk
from support.forge import Fault, MergeRequest
from support.forge_desk import ForgeDesk, ready, records

from catalog.records.statement import Kind

PEM = signing_key(Kind.CHANGE).pem.decode()


def committed(message: str, who: str = "dana") -> Act:
    """A drilled change whose commit says something."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        there.desk.who = who
        there.desk.commit(message)
        there.desk.who = "dana"
        request = ask(there)
        drill(there, NAME)
        return request

    return act


def titled(there: ForgeDesk) -> MergeRequest:
    shorten(there.desk)
    there.desk.commit("Shorter")
    return there.open("change", title=SECRET, description=SECRET, labels=("countersign::merge",))


def branched(there: ForgeDesk) -> MergeRequest:
    shorten(there.desk)
    there.desk.commit("Shorter")
    return there.open(SECRET, labels=("countersign::merge",))


def faulty(fault: Fault) -> Act:
    """A sound change, and GitLab answers like this."""

    def act(there: ForgeDesk) -> MergeRequest:
        request = ready(there)
        there.forge.fault(fault)
        return request

    return act


def echoing(there: ForgeDesk) -> MergeRequest:
    """GitLab's refusal quotes the token that it was sent."""
    request = ready(there)

    def spoil() -> None:
        token = next(reversed(there.forge.tokens))
        there.forge.fault(
            Fault("GET", "/approvals$", "lie", edit=lambda said: {**said, "approved_by": [{"user": token}]})
        )

    there.forge.before("GET", "/versions$", spoil)
    return request


ATTACKS = (
    Attack("A token is in the manifest.",
           riding(editing(MANIFEST, "approver: finn", f"approver: {SECRET.lower()}"), sound=False),
           "refused", "approver.eligible"),
    Attack("A token is a key of the manifest.",
           riding(editing(MANIFEST, "summary: Drafts", f"{SECRET}: x\nsummary: Drafts"), sound=False),
           "refused", "workflow.schema"),
    Attack("A token is the state.", riding(writing(STATE, f"state: {SECRET}\n"), sound=False), "refused",
           "workflow.schema"),
    Attack("A private key is in the state's reason.",
           riding(writing(STATE, f"state: paused\nreason: {json.dumps(PEM)}\n"), sound=False), "refused",
           "workflow.schema"),
    Attack("A token is a variable of the prompt.",
           riding(editing(PROMPT, "{{question}}", "{{question}} {{" + SECRET + "}}")),
           "refused", "prompt.variables"),
    Attack("A token is the name of a file.", riding(writing(f"{FOLDER}/{SECRET}.md", "x\n"), sound=False), "refused",
           "workflow.files"),
    Attack("A token is the name of a workflow.",
           riding(writing(f"workflows/{SECRET}/workflow.yaml", "workflow: x\n"), "ana", sound=False),
           "refused", "workflow.schema"),
    Attack("A token is in the list of people.",
           riding(editing(PEOPLE, "deputy: ben\npeople", f"deputy: {SECRET.lower()}\npeople"), "ana"),
           "refused", "owner.one"),
    Attack("A token is the address of a commit.", committed("Shorter", SECRET), "refused", "people.identity"),
    Attack("A token is in a co-author line.", committed(f"Shorter\n\nCo-authored-by: {SECRET}"), "refused",
           "people.identity"),
    Attack("A token is in title and description.", titled, "waits", "approver.countersign"),
    Attack("A token is the name of the branch.", branched, "waits", "approver.countersign"),
    Attack("A token is in a rule that does not parse.",
           riding(writing("policies/gate/note/one-page.rego", f"package {SECRET}\n"), "ana"), "error", "one-page.rego"),
    Attack("GitLab does not take the token.", faulty(Fault("GET", "/approvals$", "expired", times=None)),
           "error", "GitLab does not take the token"),
    Attack("GitLab's answer repeats the job's token.", echoing, "error", "GitLab described an approval"),
    Attack("The token is in the address of the remote.", ready, "error", "fetch",
           options=("--remote", f"http://oauth2:{SECRET}@127.0.0.1:9/acme/workflows.git")),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T18: whatever is at fault is told without the secret in it: in the log, the note and the status."""
    attempt(attack, forge_desk)


def test_nothing_that_is_kept_holds_a_secret(forge_desk: ForgeDesk) -> None:
    """T18: of a change that merges, neither what was said, nor asked, nor recorded holds the token or the key."""
    heard = pass_through(forge_desk, ready)
    kept = [heard.output, heard.note, json.dumps([one.predicate for one in records(forge_desk)])]
    kept += [f"{call.path} {call.query}" for call in forge_desk.forge.calls]
    kept += [forge_desk.desk.path(".git/config").read_text(), forge_desk.desk.git("log", "--all", "--format=%B")]
    secrets = [*forge_desk.forge.tokens, *(line for line in PEM.splitlines() if "-" not in line)]
    assert secrets
    assert not [text for text in kept for secret in secrets if secret in text]


@pytest.mark.parametrize("spoil", [lambda pem: pem[:80], lambda pem: pem.replace("A", "B"), lambda _: SECRET])
def test_a_key_that_cannot_be_read_is_not_shown(forge_desk: ForgeDesk, spoil: Callable[[str], str]) -> None:
    """T18: an error about the signing key says nothing of what is in it."""
    file = forge_desk.desk.folder.parent / "other.pem"
    file.write_text(spoil(PEM))
    request = ready(forge_desk)
    heard = forge_desk.merge(request, "--key", str(file))
    assert (heard.exit_code, request.state) != (0, "merged")
    harmless(forge_desk, heard)
    assert not [line for line in PEM.splitlines() if "-" not in line and line in heard.output]


def test_at_the_desk_it_is_masked_in_every_format(desk: Desk) -> None:
    """T15, T18: a token in a name of the change is masked in every format."""
    both(shorten, writing(f"{FOLDER}/{SECRET}.md", "x\n"))(desk)
    formats = ("text", "json", "junit", "markdown", "codequality")
    options = [option for form in formats for option in ("--report", f"{form}={desk.folder.parent / form}")]
    judged = desk.gate(*options)
    pages = [judged.output, *((desk.folder.parent / form).read_text() for form in formats)]
    assert not [page for page in pages if SECRET in page]
