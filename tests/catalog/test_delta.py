"""What differs between two sides is all there, once, and reads the same from either side."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.repositories import EXECUTABLE, FILE, NAME, SAMPLES, SUBMODULE

from catalog import delta, strict_yaml, workflow
from catalog.workflow import File, Workflow

Json = Any
FOLDER = SAMPLES / "workflows" / NAME
FILES = {path.name: File(FILE, "a" * 40, path.read_bytes()) for path in FOLDER.iterdir()}
MANIFEST: dict[str, Json] = strict_yaml.parse(FILES["workflow.yaml"].content or b"")
STOP = {"id": "s1", "action": "receipt", "version": "*", "reason": "Wrong fee.", "at": "2026-03-01T22:15:00Z"}


def side(
    manifest: Mapping[str, Json] | None = None, *, state: Json = None, files: Mapping[str, File] | None = None
) -> Workflow:
    """A side of the sample workflow, with manifest, state or files changed."""
    changed = dict(FILES)
    if manifest is not None:
        changed["workflow.yaml"] = File(FILE, "b" * 40, json.dumps(dict(manifest)).encode())
    if state is not None:
        changed["state.yaml"] = File(FILE, "c" * 40, json.dumps(state).encode())
    found = workflow.read(NAME, {**changed, **(files or {})})
    assert found.problems == []
    return found


def paths(before: Workflow | None, after: Workflow | None) -> dict[str, tuple[Json, Json]]:
    return {entry["path"]: (entry["before"], entry["after"]) for entry in delta.delta(before, after)}


def edited(**fields: Json) -> dict[str, Json]:
    return {**MANIFEST, **fields}


def test_nothing() -> None:
    """A side does not differ from itself, nor nothing from nothing."""
    assert delta.delta(side(), side()) == []
    assert delta.delta(None, None) == []


def test_every_field_of_the_manifest() -> None:
    """Flattening keeps every value: scalars under their path, lists by the name of their items (docs/facts.md)."""
    flat = {path: found[1] for path, found in delta.flatten(side()).items() if not path.startswith("files[")}
    assert flat == {
        "workflow": NAME, "summary": MANIFEST["summary"], "task": "support", "approver": "finn",
        "reviewers": "support-agents", "prompt": "reply.prompt",
        "risk.tier": "high", "risk.harm": MANIFEST["risk"]["harm"], "risk.touches[customers]": True,
        "models[default]": True, "models[default].id": "larkspur/quick-2026-03-01",
        "models[default].why": MANIFEST["models"][0]["why"],
        "models[edge-cases]": True, "models[edge-cases].id": "fenwick/careful-2026-02-11",
        "models[edge-cases].when": MANIFEST["models"][1]["when"],
        "models[edge-cases].why": MANIFEST["models"][1]["why"],
        "tools[account-lookup]": True, "tools[account-lookup].effect": "read",
        "data[billing-policy]": True, "data[billing-policy].access": "read",
        **{f"actions[{one['name']}]": True for one in MANIFEST["actions"]},
        **{f"actions[{one['name']}].effect": one["effect"] for one in MANIFEST["actions"]},
        **{f"actions[{one['name']}].release": one["release"] for one in MANIFEST["actions"]},
        "stop.by": "support",
        "stop.when[wrong_price]": True, "stop.when[wrong_price].above": 0, "stop.when[wrong_price].over": 86_400,
        "stop.when[rework_minutes_per_task]": True, "stop.when[rework_minutes_per_task].above": 6,
        "stop.when[rework_minutes_per_task].over": 604_800,
        "rollback.to": "manual", "rollback.within": 300, "rollback.drill": "drill.yaml",
        "fallback.file": "fallback.md", "fallback.tell": "#support-leads", "state.state": "live",
    }  # fmt: skip


def test_fields_name_no_item() -> None:
    """The field of a path is the path without names, so that one table can order all of them."""
    fields = {path: found[0] for path, found in delta.flatten(side(state={"state": "live", "stopped": [STOP]})).items()}
    assert fields["actions[receipt].release"] == "actions[].release"
    assert fields["risk.touches[customers]"] == "risk.touches[]"
    assert fields["stop.when[wrong_price].above"] == "stop.when[].above"
    assert fields["files[reply.prompt]"] == "files[]"
    assert fields["state.stopped[s1]"] == "state.stopped[]"


def test_one_value() -> None:
    """One changed value is one entry, with both values."""
    models = [{**MANIFEST["models"][0], "id": "other/one-2026-01-01"}, MANIFEST["models"][1]]
    assert paths(side(), side(edited(models=models))) == {
        "models[default].id": ("larkspur/quick-2026-03-01", "other/one-2026-01-01")
    }


def test_absent_is_null() -> None:
    """A field that goes or comes is null on the side without it, down to each value of what it held."""
    gone = {key: value for key, value in MANIFEST.items() if key not in ("fallback", "approver")}
    assert paths(side(), side(gone)) == {
        "approver": ("finn", None),
        "fallback.file": ("fallback.md", None),
        "fallback.tell": ("#support-leads", None),
    }


def test_an_item_that_comes() -> None:
    """A new item of a list has a path of its own beside its values, so that an empty one shows too (T05)."""
    more = [*MANIFEST["actions"], {"name": "refund", "effect": "pay", "release": "named"}]
    assert paths(side(), side(edited(actions=more))) == {
        "actions[refund]": (None, True),
        "actions[refund].effect": (None, "pay"),
        "actions[refund].release": (None, "named"),
    }


def test_touches() -> None:
    """What the work touches is flattened by its values (T05)."""
    risk = {**MANIFEST["risk"], "touches": ["money"]}
    assert paths(side(), side(edited(risk=risk))) == {
        "risk.touches[customers]": (True, None),
        "risk.touches[money]": (None, True),
    }


def test_state_and_stops() -> None:
    """A stop that is taken out shows with everything it said (T16)."""
    stopped = side(state={"state": "live", "stopped": [STOP]})
    assert list(paths(side(), stopped)) == ["state.stopped[s1]"]
    before, after = paths(stopped, side(state={"state": "paused", "reason": "Wrong."}))["state.stopped[s1]"]
    assert (json.loads(before), after) == (STOP, None)
    weaker = side(state={"state": "live", "stopped": [{**STOP, "action": "all"}]})
    assert list(paths(stopped, weaker)) == ["state.stopped[s1]"]


def test_files() -> None:
    """A file's content, its mode and its kind each show; a file that comes or goes is null on one side (T06, T10)."""
    content = FILES["reply.prompt"].content
    for changed in (
        File(FILE, "d" * 40, b"---\nname: a\n---\nother\n"),
        File(FILE, "d" * 40, (content or b"").replace(b"\n", b"\r\n", 1).replace(b"\r\n", b"\n") + b"\r\n"),
        File(EXECUTABLE, "a" * 40, content),
        File(SUBMODULE, "e" * 40, None),
    ):
        assert "files[reply.prompt]" in paths(side(), side(files={"reply.prompt": changed}))
    stray = side(files={"stray": File(FILE, "a" * 40, b"x")})
    assert list(paths(side(), stray)) == ["files[stray]"]
    assert paths(stray, side())["files[stray]"][1] is None


def test_two_large_files_differ() -> None:
    """Files too large to be read still differ, by their ids (T10)."""
    one, other = (side(files={"big": File(FILE, oid * 40, None)}) for oid in "ab")
    assert list(paths(one, other)) == ["files[big]"]


def test_odd_names() -> None:
    """Names with line breaks, brackets or bytes that are no text are compared like others (T10)."""
    for name in ("a\nb", "a]b[", os.fsdecode(b"\xff"), "-x", "a/b"):
        assert list(paths(side(), side(files={name: File(FILE, "a" * 40, b"x")}))) == [f"files[{name}]"]


def test_text() -> None:
    """A change of comments or layout alone is one entry `text`, with both versions."""
    text = (FILES["workflow.yaml"].content or b"").decode()
    before, after = side(), side(files={"workflow.yaml": File(FILE, "b" * 40, f"# note\n{text}".encode())})
    assert paths(before, after) == {"text": (before.version, after.version)}


def test_order() -> None:
    """A list in another order is an entry of its own, whatever else changes: a reader may go by the first (T05)."""
    turned = edited(models=MANIFEST["models"][::-1])
    names = [model["use"] for model in MANIFEST["models"]]
    assert paths(side(), side(turned)) == {"models": (names, names[::-1])}
    assert list(paths(side(), side({**turned, "summary": "Other."}))) == ["models", "summary"]
    assert list(paths(side(), side(edited(models=MANIFEST["models"][:1])))) == [
        "models[edge-cases]",
        "models[edge-cases].id",
        "models[edge-cases].when",
        "models[edge-cases].why",
    ]


def test_text_only_when_nothing_else() -> None:
    """With another difference there is no `text` beside it."""
    assert list(paths(side(), side(edited(summary="Other.")))) == ["summary"]


def test_a_new_workflow_and_a_deleted_one() -> None:
    """One side alone shows everything it has, and the other as null."""
    here = delta.flatten(side())
    assert paths(None, side()) == {path: (None, value) for path, (_, value) in here.items()}
    assert paths(side(), None) == {path: (value, None) for path, (_, value) in here.items()}


_EDITS = [
    edited(summary="Other."),
    edited(approver="ana"),
    edited(risk={**MANIFEST["risk"], "tier": "low"}),
    edited(risk={**MANIFEST["risk"], "touches": ["money", "legal"]}),
    edited(tools=[]),
    edited(tools=[{"name": "mail", "effect": "external"}]),
    edited(actions=MANIFEST["actions"][:1]),
    edited(actions=MANIFEST["actions"][::-1]),
    edited(rollback={**MANIFEST["rollback"], "within": "1h"}),
    edited(stop={"by": "finn", "when": []}),
]
_SIDES = st.builds(
    side,
    st.none() | st.sampled_from(_EDITS),
    state=st.sampled_from([None, {"state": "proposed"}, {"state": "live", "stopped": [STOP]}]),
    files=st.sampled_from(
        [None, {"stray": File(FILE, "a" * 40, b"x")}, {"reply.prompt": File(FILE, "d" * 40, b"{{a}}\n")}]
    ),
)


@given(_SIDES | st.none(), _SIDES | st.none())
@settings(max_examples=150)
def test_both_ways(one: Workflow | None, other: Workflow | None) -> None:
    """Reversed, each entry has its sides swapped; entries are sorted, JSON, truly unlike, one a path."""
    forth, back = delta.delta(one, other), delta.delta(other, one)
    assert [{**entry, "before": entry["after"], "after": entry["before"]} for entry in forth] == back
    assert [entry["path"] for entry in forth] == sorted({entry["path"] for entry in forth})
    assert all(entry["before"] != entry["after"] for entry in forth)
    assert json.loads(json.dumps(forth)) == forth
    if one and other:
        assert bool(forth) is (
            (one.version, one.state, one.files.keys()) != (other.version, other.state, other.files.keys())
        )
