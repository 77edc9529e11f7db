"""T07: records forged, copied, replayed, expired or deleted; a key that was stolen, retired or never given."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import yaml_text
from support.attack import Act, Attack, Edit, ask, attempt, drill, pass_through, riding, scene, shorten, writing
from support.company import signing_key
from support.desk import MANIFEST, NAME, PEOPLE, PROMPT, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk
from support.keys import signing_key as other_key
from support.records import failed, predicate

from catalog.git import Repository
from catalog.records import local
from catalog.records.envelope import path_of, sign
from catalog.records.statement import Kind, make_statement

Tamper = Callable[[Path], object]
REFUNDS = "refund-decisions"
NEW = "20261101T000000.000Z-000000000000.dsse.json"


def rewrite(desk: Desk, change: Tamper) -> None:
    """Somebody who may push edits the records by hand."""
    tree = desk.folder.parent / "records"
    desk.git("worktree", "add", "--quiet", str(tree), "records")
    change(tree)
    desk.git("-C", str(tree), "add", "--all")
    desk.git("-C", str(tree), "commit", "--quiet", "--allow-empty", "-m", "Nothing to see here")
    desk.git("worktree", "remove", "--force", str(tree))


def one(tree: Path, kind: str = "drill", name: str = NAME) -> Path:
    return max((tree / name / kind).iterdir())


def put(file: Path, said: object) -> None:
    """Another content in a record's place, in the form and under the name that it would have."""
    raw = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    file.unlink()
    file.with_name(f"{file.name[:21]}{hashlib.sha256(raw).hexdigest()[:12]}.dsse.json").write_bytes(raw)


def edited(tree: Path) -> None:
    said = json.loads(one(tree).read_text())
    payload = base64.b64decode(said["payload"]).replace(b'"target":"staging"', b'"target":"eu-west"')
    put(one(tree), {**said, "payload": base64.b64encode(payload).decode()})


def unsigned(tree: Path) -> None:
    put(one(tree), {**json.loads(one(tree).read_text()), "signatures": []})


def other_signature(tree: Path) -> None:
    first = json.loads(min((tree / NAME / "drill").iterdir()).read_text())
    put(one(tree), {**json.loads(one(tree).read_text()), "signatures": first["signatures"]})


def twice(tree: Path) -> None:
    file = one(tree)
    file.with_name(f"{file.name[:-15]}x.dsse.json").write_bytes(file.read_bytes())


def copied(tree: Path) -> None:
    file = one(tree)
    target = tree / REFUNDS / "drill" / file.name
    target.parent.mkdir(parents=True)
    target.write_bytes(file.read_bytes())


def tampered(change: Tamper) -> Act:
    """A countersigned, drilled change; then the records are edited."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        request = ask(there)
        drill(there, NAME)
        there.countersign(request, "finn")
        rewrite(there.desk, change)
        there.desk.git("push", "--quiet", "origin", "records")
        return request

    return act


def launched(there: ForgeDesk) -> MergeRequest:
    """Another workflow goes live, on a copy of this one's drill."""
    there.desk.write(f"workflows/{REFUNDS}/state.yaml", "state: live\n")
    request = ask(there)
    there.countersign(request, "finn", REFUNDS)
    rewrite(there.desk, copied)
    there.desk.git("push", "--quiet", "origin", "records")
    return request


def forged(key_id: str, kind: Kind = Kind.DRILL, *, days_ago: int = 0) -> Act:
    """A passed drill of just this version, signed with a key that was not given for that."""

    def act(there: ForgeDesk) -> MergeRequest:
        shorten(there.desk)
        request = ask(there)
        there.countersign(request, "finn")
        digests = there.desk.digests(NAME)
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days_ago, minutes=1)
        started = (at - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        said = predicate(Kind.DRILL, target="staging", version=digests["version"], at=at, started=started,
                         rollback_digest=digests["rollback"])  # fmt: skip
        key = signing_key(kind) if key_id == "pipeline" else other_key(key_id)
        statement = make_statement(Kind.DRILL, said)
        record = sign(statement, key)
        rewrite(there.desk, lambda tree: (tree / path_of(statement, record)).write_bytes(record))
        there.desk.git("push", "--quiet", "origin", "records")
        return request

    return act


def without_a_drill(there: ForgeDesk) -> MergeRequest:
    """The drill of the version before is all there is."""
    shorten(there.desk)
    request = ask(there)
    there.countersign(request, "finn")
    return request


def at_home(there: ForgeDesk) -> MergeRequest:
    """A drill on the author's own machine, signed by a key that is made there."""
    request = without_a_drill(there)
    digests, now = there.desk.digests(NAME), datetime.now(UTC)
    said = predicate(Kind.DRILL, target="staging", version=digests["version"], rollback_digest=digests["rollback"],
                     at=now - timedelta(minutes=1),
                     started=(now - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%S.000Z"))  # fmt: skip
    with Repository(there.desk.folder) as clone:
        local.record(clone, make_statement(Kind.DRILL, said), now=now)
    there.desk.git("push", "--quiet", "origin", "refs/countersign/local:refs/countersign/local")
    return request


def deleted(there: ForgeDesk) -> MergeRequest:
    """The newest drill failed; somebody forces it off the branch."""
    shorten(there.desk)
    request = ask(there)
    drill(there, NAME, days_ago=1)
    there.countersign(request, "finn")
    drill(there, NAME, **failed())
    there.desk.git("push", "--quiet", "--force", "origin", "records~1:records")
    return request


def parted(there: ForgeDesk) -> MergeRequest:
    """The same, with something else put on top."""
    request = deleted(there)
    here = there.desk.git("rev-parse", "records")
    there.desk.git("branch", "--force", "records", "records~1")
    rewrite(there.desk, lambda tree: (tree / "README.md").write_text("y"))
    there.desk.git("push", "--quiet", "--force", "origin", "records")
    there.desk.git("branch", "--force", "records", here)
    return request


def restored_by_a_lie(there: ForgeDesk) -> MergeRequest:
    """An older prompt comes back; that it ever ran, only a forged record says."""
    there.desk.replace(PROMPT, "Never promise", "Always promise")
    return ask(there)


def key(edit: Edit) -> Act:
    """Keys were changed on main; the drill was made before."""

    def act(there: ForgeDesk) -> MergeRequest:
        scene(there, edit)
        return without_a_drill(there)

    return act


def expire(desk: Desk) -> None:
    desk.replace(PEOPLE, "to: '2099-12-31'", "to: '2026-01-31'")


def exchange(desk: Desk) -> None:
    desk.replace(PEOPLE, "  drill:\n  - pipeline-drill", "  drill:\n  - pipeline-change")


def own_key(desk: Desk) -> None:
    """The change gives its author a key for drills."""
    desk.replace(PEOPLE, "signers:\n", "signers:\n")
    people = desk.people()
    people["people"]["dana"]["keys"] = [
        {
            "id": "drill-2026",
            "ed25519": other_key("drill-2026").public().ed25519,
            "from": "2026-01-01",
            "to": "2099-12-31",
        }
    ]
    people["signers"]["drill"].append("drill-2026")

    desk.write(PEOPLE, yaml_text.dump(people))


def with_own_key(there: ForgeDesk) -> MergeRequest:
    own_key(there.desk)
    return forged("drill-2026")(there)


ATTACKS = (
    Attack("A record is edited.", tampered(edited), "error", "or the content was changed"),
    Attack("A record's signature is taken off.", tampered(unsigned), "error", "It must have exactly one signature."),
    Attack("A record carries the signature of another.", tampered(other_signature), "error",
           "or the content was changed"),
    Attack("A record is written by hand.",
           tampered(lambda tree: (tree / NAME / "drill" / NEW).write_text('{"outcome": "passed"}\n')), "error",
           "not in canonical form"),
    Attack("A drill is moved among the changes.",
           tampered(lambda tree: one(tree).rename(tree / NAME / "change" / one(tree).name)), "error",
           "It lies in the wrong place"),
    Attack("A record is renamed to be the newest.",
           tampered(lambda tree: one(tree).rename(one(tree).with_name(f"2099{one(tree).name[4:]}"))), "error",
           "It lies in the wrong place"),
    Attack("A record is a link.", tampered(lambda tree: (tree / NAME / "drill" / NEW).symlink_to("/etc/passwd")),
           "error", "is not a record"),
    Attack("A record is there twice.", tampered(twice), "error", "It lies in the wrong place"),
    Attack("The passed drill of one workflow is copied to another.", launched, "error", "It lies in the wrong place"),
    Attack("The passed drill of the version before has to do.", without_a_drill, "waits", "rollback.untested"),
    Attack("The drill was run at home and signed there.", at_home, "waits", "rollback.untested"),
    Attack("The drill is signed with a key that nobody was given.", forged("mallory"), "error",
           "Key 'mallory' is not known."),
    Attack("The change gives its author a key, and the drill is signed with that.", with_own_key, "error",
           "Key 'drill-2026' is not known."),
    Attack("The drill is signed with the key for changes.", forged("pipeline", Kind.CHANGE), "error",
           "may not sign drill records"),
    Attack("The key had expired when it signed.", key(expire), "error", "was not valid on"),
    Attack("The key was given for something else.", key(exchange), "error",
           "'pipeline-drill' may not sign drill records"),
    Attack("A failed drill is forced off the branch, after the job's clone has seen it.", deleted, "refused",
           "rollback.failed"),
    Attack("It is forced off, and something else is put in its place.", parted, "error", "have parted ways"),
    Attack("The change brings its own record.",
           riding(writing(f"records/{NAME}/drill/1.dsse.json", "{}\n"), "ana"), "refused", "records.hand-made"),
    Attack("The change brings its own record, spelt in capitals.",
           riding(writing("notes/drill.DSSE.json", "{}\n"), "ana"), "refused", "records.hand-made"),
    Attack("The change brings a record in the workflow's folder.",
           riding(writing(f"workflows/{NAME}/drill.intoto.jsonl", "{}\n")), "refused", "records.hand-made"),
    Attack("An older prompt is restored that never ran.", restored_by_a_lie, "waits", "approver.countersign"),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T07: one record that cannot be trusted and nothing is judged; a record of something else proves nothing."""
    attempt(attack, forge_desk)


def test_with_its_own_drill_it_passes(forge_desk: ForgeDesk) -> None:
    """A drill of just this version, signed by the pipeline, is what lets it pass."""
    pass_through(forge_desk, forged("pipeline"))


def test_a_broken_ref_of_records_is_an_error(desk: Desk) -> None:
    """T07: at the desk, a records ref that points to nothing is an error, and not "no records"."""
    desk.path(".git/refs/heads/records").write_text("0" * 39 + "1\n")
    shorten(desk)
    desk.cannot_judge("records")


def test_without_records_the_report_says_so(desk: Desk) -> None:
    """T07: a deleted branch of records reads as no records: nothing is restoring, and the report says it."""
    desk.git("branch", "--quiet", "-D", "records")
    shorten(desk)
    judged = desk.waits()
    assert any("nothing is on record yet" in note for note in judged.report["notes"])
    judged.asks("rollback.untested", MANIFEST, "this version", severity="wait")
