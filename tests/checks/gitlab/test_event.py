"""A webhook's event names a merge request to judge, and decides nothing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.company import Said
from support.desk import NAME, PROMPT
from support.forge import MergeRequest
from support.forge_desk import BOT, ForgeDesk, main, ready, records

from catalog.errors import SourceError
from checks.gitlab import event
from checks.gitlab.client import Client
from checks.gitlab.merging import LABEL

Json = Any

SENT: Mapping[str, Json] = {
    "object_kind": "merge_request",
    "user": {"id": 103},
    "project": {"id": 7},
    "object_attributes": {"iid": 5, "target_project_id": 7, "action": "approved"},
}
NOTED: Mapping[str, Json] = {
    "object_kind": "note",
    "user": {"id": 103},
    "project": {"id": 7},
    "object_attributes": {"noteable_type": "MergeRequest", "note": "/merge"},
    "merge_request": {"iid": 5, "target_project_id": 7},
}
OTHERS = ["push", "tag_push", "issue", "pipeline", "build", "wiki_page", "deployment", "release", "emoji", ""]


def raw(payload: Json) -> bytes:
    return json.dumps(payload).encode()


def last(there: ForgeDesk) -> Json:
    """What the webhook sent last."""
    return there.forge.sent[-1]


def happened(there: ForgeDesk, payload: Json, command: str = "merge") -> Said:
    """The control project's job is started by a webhook."""
    file = there.desk.folder.parent / "payload.json"
    file.write_bytes(payload if isinstance(payload, bytes) else raw(payload))
    return there.handle(command, "--event", str(file))


@pytest.mark.parametrize("payload", [SENT, NOTED])
def test_who_did_something_to_which_merge_request(payload: Json) -> None:
    """A merge request's event and a comment's are read alike, whatever else they hold."""
    found = event.read(raw({**payload, "labels": [{"title": "countersign::merge"}], "token": "x"}))
    assert found == event.Event(project=7, number=5, user=103)


@pytest.mark.parametrize("kind", OTHERS)
def test_other_events_are_about_no_merge_request(kind: str) -> None:
    """A push, an issue, or a kind that does not exist yet calls for no judgement."""
    assert event.read(raw({"object_kind": kind, "ref": "refs/heads/main", "checkout_sha": "0" * 40})) is None


@pytest.mark.parametrize("on", ["Issue", "Commit", "Snippet"])
def test_comments_elsewhere_are_about_no_merge_request(on: str) -> None:
    """A comment on anything else calls for no judgement."""
    assert event.read(raw({**NOTED, "object_attributes": {"noteable_type": on}})) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"null", b"[]", b"5", b'"merge_request"', b"{}", b"\xff\xfe", b"{" * 100_000, b"[" * 100_000,
        b'{"object_kind": NaN}', b'{"object_kind": "push", "object_kind": "merge_request"}',
        b'{"object_kind": ' + b"9" * 100_000 + b"}",
        raw({**SENT, "object_kind": ["merge_request"]}),
        raw({**SENT, "object_attributes": None}),
        raw({**SENT, "object_attributes": [5]}),
        raw({**SENT, "user": 103}),
        raw({**SENT, "user": {"id": "103"}}),
        raw({**SENT, "user": {"id": True}}),
        raw({**SENT, "project": {"id": 7.0}}),
        raw({**NOTED, "merge_request": None}),
        *(
            raw({**SENT, "object_attributes": {"iid": number, "target_project_id": 7}})
            for number in ("5", "5/merge", "../../7", True, 5.5, 0, -1, 2**31, 10**300, None, [5], {"iid": 5})
        ),
        raw({**SENT, "object_attributes": {"iid": 5, "target_project_id": 8}}),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused(payload: bytes) -> None:
    """T10: a number that is none, a wrong type, two readings, endless nesting: one error that quotes nothing of it."""
    with pytest.raises(SourceError, match="is not one that GitLab sends") as caught:
        event.read(payload)
    assert caught.value.why
    assert len(caught.value.why) < 200


def test_a_payload_without_end_is_not_read(tmp_path: Path) -> None:
    """T10: more than GitLab ever sends is refused, unread."""
    file = tmp_path / "payload"
    with file.open("wb") as sparse:
        sparse.truncate(event.MAX_BYTES + 1)
    with pytest.raises(SourceError, match="is not one that GitLab sends"):
        event.load(file)


@pytest.mark.parametrize("name", ["missing", "", "a\0b"])
def test_a_payload_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    """No file, a folder, or a name that is none: one error, with what to name instead."""
    with pytest.raises(SourceError, match="cannot be read") as caught:
        event.load(tmp_path / name)
    assert "TRIGGER_PAYLOAD" in caught.value.solution


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def nearly_events(draw: st.DrawFn) -> bytes:
    """An event of which one part is anything."""
    payload = json.loads(json.dumps(draw(st.sampled_from([SENT, NOTED]))))
    inside = draw(st.sampled_from([payload, *(value for value in payload.values() if isinstance(value, dict))]))
    inside[draw(st.sampled_from(sorted(inside)))] = draw(json_values)
    return raw(payload)


@given(st.binary(max_size=64) | json_values.map(raw) | nearly_events())
def test_never_anything_but_an_event_or_an_error(payload: bytes) -> None:
    """T10: whatever is sent is an event with a number of a merge request, or about none, or one expected error."""
    with tempfile.NamedTemporaryFile() as file, suppress(SourceError):
        file.write(payload)
        file.flush()
        found = event.read(event.load(Path(file.name)))
        assert found is None or 0 < found.number < 2**31


# What GitLab really sends, and what becomes of it.


def test_the_events_of_a_merge_request_lead_to_its_merge(forge_desk: ForgeDesk) -> None:
    """Opened, approved, countersigned by a comment: each event judges; the last one merges, once."""
    desk = forge_desk.desk
    desk.replace(PROMPT, "at most 120", "at most 90")
    desk.commit("Shorter replies")
    desk.record_drill(NAME)
    desk.git("push", "--quiet", "origin", "records")
    request = forge_desk.open("shorter", labels=(LABEL,))
    assert happened(forge_desk, last(forge_desk)).exit_code == 4
    assert f"countersigned {NAME}" in forge_desk.note(request)
    forge_desk.approve(request, "finn")
    assert happened(forge_desk, last(forge_desk)).exit_code == 4
    forge_desk.say(request, "finn", f"countersigned {NAME} {desk.countersigned()}")
    assert last(forge_desk)["object_kind"] == "note"
    said = happened(forge_desk, last(forge_desk))
    assert (said.exit_code, request.state) == (0, "merged"), said.output
    assert records(forge_desk)[0].predicate["merge"]["commit"] == main(forge_desk)


def test_every_event_that_is_sent_is_understood(forge_desk: ForgeDesk) -> None:
    """Whatever people do to a merge request, the event names it; what is closed by then is no failure."""
    request = ready(forge_desk)
    forge, ana = forge_desk.forge, forge_desk.users["ana"]
    forge.unapprove(request, forge_desk.users["finn"])
    forge.set_draft(request, True)
    forge.set_draft(request, False)
    forge.close(request, ana)
    forge.reopen(request, ana)
    forge.close(request, ana)
    kinds = {one["object_attributes"].get("action") for one in forge.sent}
    assert kinds >= {"open", "approved", "create", "unapproval", "update", "close", "reopen"}
    assert {event.read(raw(one)).number for one in forge.sent} == {request.iid}  # type: ignore[union-attr]
    said = happened(forge_desk, last(forge_desk))
    assert (said.exit_code, said.output) == (0, f"nothing to judge: !{request.iid} is not open any more\n")


@pytest.mark.parametrize("command", ["judge", "merge"])
def test_a_push_to_the_target_calls_for_nothing(forge_desk: ForgeDesk, command: str) -> None:
    """What is about no merge request ends well, in one line, and GitLab is not even asked."""
    forge_desk.forge.reset_calls()
    said = happened(forge_desk, {"object_kind": "push", "ref": "refs/heads/main", "project_id": 1}, command)
    assert (said.exit_code, said.output) == (0, "nothing to judge: the event is about no merge request\n")
    assert forge_desk.calls() == []


def test_what_we_did_ourselves_calls_for_nothing(forge_desk: ForgeDesk) -> None:
    """Our own note and our own merge start no judgement, or each would start the next one."""
    request = ready(forge_desk)
    forge_desk.judge(request)
    noted = last(forge_desk)
    assert forge_desk.merge(request).exit_code == 0
    merged = last(forge_desk)
    assert [one["user"]["username"] for one in (noted, merged)] == [BOT, BOT]
    forge_desk.forge.reset_calls()
    for payload in (noted, merged):
        said = happened(forge_desk, payload)
        assert (said.exit_code, said.output) == (0, f"nothing to judge: this account itself changed !{request.iid}\n")
    assert forge_desk.calls() == []


def test_who_it_is_is_asked_when_nobody_says(forge_desk: ForgeDesk) -> None:
    """Without the account's id, GitLab is asked whose token it is."""
    request = ready(forge_desk)
    token, project = forge_desk.forge.token(forge_desk.users["finn"]), forge_desk.project.path
    asked, told = (Client(forge_desk.url, token, project, me=me) for me in (None, 900))
    assert event.number(asked, raw(last(forge_desk))) == f"this account itself changed !{request.iid}"
    assert event.number(told, raw(last(forge_desk))) == request.iid


def test_an_event_of_another_project_is_refused(forge_desk: ForgeDesk) -> None:
    """T14: a merge request of the same number elsewhere is not taken for ours."""
    ready(forge_desk)
    payload = json.loads(json.dumps(last(forge_desk)))
    payload["project"]["id"] = payload["merge_request"]["target_project_id"] = 4711
    before = main(forge_desk)
    said = happened(forge_desk, payload)
    assert (said.exit_code, main(forge_desk)) == (3, before)
    assert "The event is of project 4711" in said.output


def test_what_an_event_claims_is_not_believed(forge_desk: ForgeDesk) -> None:
    """T15: approvals, labels and orders in the payload change nothing, and none of its text is printed."""
    request = ready(forge_desk)
    forge_desk.forge.unapprove(request, forge_desk.users["finn"])
    payload = json.loads(json.dumps(last(forge_desk)))
    evil = "\n/merge\n::error::x\x1b[31m@all"
    payload["object_attributes"] |= {"state": "merged", "action": "approved", "title": evil, "description": evil}
    payload |= {"approved_by": [{"id": 103}], "labels": [{"title": evil}], "verdict": "pass"}
    before = main(forge_desk)
    said = happened(forge_desk, payload)
    assert (said.exit_code, main(forge_desk), request.state) == (4, before, "opened")
    assert "/merge\n" not in said.output
    assert "::error" not in said.output
    assert "\x1b" not in said.output


def test_a_merge_request_that_does_not_exist_is_an_error(forge_desk: ForgeDesk) -> None:
    """A number that GitLab does not know ends with its answer and exit code 3."""
    ready(forge_desk)
    payload = json.loads(json.dumps(last(forge_desk)))
    payload["merge_request"]["iid"] = 404
    said = happened(forge_desk, payload)
    assert said.exit_code == 3
    assert "404" in said.output


@pytest.mark.parametrize("arguments", [(), ("1", "--event", "payload.json")])
def test_a_number_or_an_event(forge_desk: ForgeDesk, arguments: tuple[str, ...]) -> None:
    """Neither, or both, is bad usage."""
    said = forge_desk.handle("merge", *arguments)
    assert said.exit_code == 2
    assert "Must be given a NUMBER or --event" in said.output


def test_a_report_is_written_also_of_what_could_not_be_judged(forge_desk: ForgeDesk, tmp_path: Path) -> None:
    """The pipeline's artifacts hold the verdict, or why there is none; without judgement there is no report."""
    request = ready(forge_desk)
    report = tmp_path / "report.md"
    assert forge_desk.handle("judge", "404", "--report", f"markdown={report}").exit_code == 3
    assert "Nothing was judged" in report.read_text()
    assert forge_desk.handle("merge", str(request.iid), "--report", f"markdown={report}").exit_code == 0
    assert "## Countersign: pass" in report.read_text()
    assert "trusted" in report.read_text()


# Several, late, twice, out of order.


def test_events_repeated_and_out_of_order_merge_once(forge_desk: ForgeDesk) -> None:
    """T19: whatever order the events come in and however often, what is merged was judged, and is recorded once."""
    request = ready(forge_desk)
    sent = [json.loads(json.dumps(one)) for one in forge_desk.forge.sent]
    known = len(records(forge_desk))
    codes = [happened(forge_desk, one).exit_code for one in [*reversed(sent), *sent]]
    assert request.state == "merged"
    assert codes == [0] * len(codes)
    assert len(records(forge_desk)) == known + 1


def test_a_late_event_judges_what_is_there_now(forge_desk: ForgeDesk) -> None:
    """T03: the event of an approval that comes after the next push does not merge what nobody has approved."""
    request = ready(forge_desk)
    approved = json.loads(json.dumps(last(forge_desk)))
    forge_desk.desk.replace(PROMPT, "at most 90", "at most 5")
    forge_desk.desk.commit("Quickly")
    forge_desk.push(request)
    before = main(forge_desk)
    said = happened(forge_desk, approved)
    assert (said.exit_code, main(forge_desk)) == (4, before), said.output


def test_an_event_within_an_event_loses_nothing(forge_desk: ForgeDesk) -> None:
    """T19: while one job merges, another that an event started neither merges nor spoils it; a sweep finds all done."""
    request = ready(forge_desk)
    payload = json.loads(json.dumps(last(forge_desk)))
    known = len(records(forge_desk))
    meanwhile: list[Said] = []
    forge_desk.forge.before("PUT", "/merge$", lambda: meanwhile.append(happened(forge_desk, payload)))
    said = happened(forge_desk, payload)
    assert (said.exit_code, request.state) == (0, "merged"), said.output
    assert [one.exit_code for one in meanwhile] != [0]
    assert (forge_desk.sweep().exit_code, len(records(forge_desk))) == (0, known + 1)


def test_a_lost_event_is_made_good_by_the_sweep(forge_desk: ForgeDesk) -> None:
    """T19: of two that are ready, one is merged by its event, and the one whose event was lost by the sweep."""
    first = ready(forge_desk)
    told = json.loads(json.dumps(last(forge_desk)))
    second = other(forge_desk)
    assert happened(forge_desk, told).exit_code == 0
    assert (first.state, second.state) == ("merged", "opened")
    said = forge_desk.sweep()
    assert (said.exit_code, second.state) == (0, "merged"), said.output
    merged = [records(forge_desk)[0], records(forge_desk, "_control")[0]]
    assert {one.predicate["request"]["number"] for one in merged} == {first.iid, second.iid}


def test_two_events_at_once(forge_desk: ForgeDesk) -> None:
    """T19: two events of two merge requests start two jobs; with a sweep after them, both are merged, each once."""
    first = ready(forge_desk)
    told = [last(forge_desk)]
    second = other(forge_desk)
    told.append(last(forge_desk))
    known = len(records(forge_desk)) + len(records(forge_desk, "_control"))
    files = [forge_desk.desk.folder.parent / f"payload{number}" for number in range(2)]
    for file, payload in zip(files, told, strict=True):
        file.write_bytes(raw(payload))
    ended = [job.wait(60) for job in [forge_desk.start("merge", "--event", str(file)) for file in files]]
    assert set(ended) <= {0, 3}
    forge_desk.sweep()
    assert (first.state, second.state) == ("merged", "merged")
    assert len(records(forge_desk)) + len(records(forge_desk, "_control")) == known + 2


def other(there: ForgeDesk) -> MergeRequest:
    """A second merge request that lacks nothing: a page that the owner approved."""
    desk = there.desk
    desk.git("switch", "--quiet", "-c", "page", "origin/main")
    desk.write("docs/replies.md", "Why they are shorter.\n")
    desk.commit("Say why")
    request = there.open("page", labels=(LABEL,))
    there.approve(request, "ana")
    return request
