"""A folder is read as a whole or not at all: what is wrong becomes a problem with file, field and line."""

from __future__ import annotations

import json

import pytest
from support.repositories import EXECUTABLE, FILE, NAME, SAMPLES, SUBMODULE, SYMLINK

from catalog import layout, versions, workflow
from catalog.workflow import File, Problem, Workflow

FOLDER = SAMPLES / "workflows" / NAME
NOTHING = dict.fromkeys(
    ("scenario", "action", "use", "metric", "value", "amount", "failing_percent", "latency_ms", "undo")
)
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n"


def files(**changes: File | bytes | str | None) -> dict[str, File]:
    """The sample's files; a change is named with _ for the dot, None takes a file out."""
    found = {path.name: File(FILE, "a" * 40, path.read_bytes()) for path in FOLDER.iterdir()}
    for key, value in changes.items():
        name = key.replace("_", ".")
        if value is None:
            del found[name]
        else:
            content = value.encode() if isinstance(value, str) else value
            found[name] = content if isinstance(content, File) else File(FILE, "b" * 40, content)
    return found


def read(**changes: File | bytes | str | None) -> Workflow:
    return workflow.read(NAME, files(**changes))


def edited(name: str, old: str, new: str) -> Workflow:
    text = (FOLDER / name).read_text()
    assert old in text
    return read(**{name.replace(".", "_"): text.replace(old, new)})


def problem(found: Workflow) -> Problem:
    assert len(found.problems) == 1, found.problems
    return found.problems[0]


def test_the_sample() -> None:
    """The sample workflow is sound, and its facts are complete, normalised and JSON."""
    found = read()
    assert found.problems == []
    facts = found.facts()
    assert facts["named"] == ["drill.yaml", "fallback.md", "reply.prompt", "state.yaml", "workflow.yaml"]
    assert facts["manifest"]["rollback"]["within"] == 300
    assert [one["over"] for one in facts["manifest"]["stop"]["when"]] == [86_400, 604_800]
    assert [model["when"] for model in facts["manifest"]["models"]] == [
        None,
        "mixed account issues or unusual payment history",
    ]
    assert facts["state"] == {"state": "live", "reason": None, "stopped": []}
    assert facts["prompt"]["used"] == facts["prompt"]["declared"]
    assert facts["fallback"] == {"steps": 5, "told": True, "destination": True, "mentions_tell": True}
    assert facts["drill"] == {
        "budget": 280,
        "drain": 40,
        "silence": 30,
        "scenarios": [
            {
                **NOTHING, "scenario": "late-fee-answer", "action": "late-fee-question",
                "undo": ["resume-action", "return-work", "remove-canary"],
            },
            {
                **NOTHING, "scenario": "wrong-model", "use": "edge-cases",
                "undo": ["restore-version", "restore-model", "remove-canary"],
            },
        ],
        "during": ["fallback-open", "old-version-silent", "others-go-on"],
    }  # fmt: skip
    assert {one["kind"] for one in facts["files"].values()} == {"file"}
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts


def test_the_digests() -> None:
    """Version, rollback, countersigned and prompt digest are those of the files."""
    found = read()
    content = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert found.version == versions.h1(versions.version_files(NAME, found.manifest, content))
    assert found.rollback_digest == versions.rollback_digest(NAME, found.manifest, content)
    assert found.countersigned == versions.countersigned_digest(NAME, found.version, content["state.yaml"])
    assert found.prompt_digest == versions.h1({f"workflows/{NAME}/reply.prompt": content["reply.prompt"]})


def test_pausing_is_no_new_version() -> None:
    """The state is outside the version, and inside what an approval names (T03)."""
    live, paused = read(), read(state_yaml="state: paused\nreason: Wrong fee.\n")
    assert live.version == paused.version
    assert live.countersigned != paused.countersigned


def test_a_manifest_of_required_fields() -> None:
    """What a manifest leaves out is there as null or an empty list."""
    found = read(
        workflow_yaml="""\
workflow: billing-replies
summary: Drafts.
task: support
risk: {tier: low, touches: [], harm: None to speak of.}
models: [{use: default, id: a/b-2026-01-01, why: Cheap.}]
actions: [{name: note, effect: label, release: automatic}]
"""
    )
    assert found.problems == []
    manifest = found.facts()["manifest"]
    assert {
        key: manifest[key] for key in ("approver", "reviewers", "prompt", "stop", "rollback", "fallback")
    } == dict.fromkeys(("approver", "reviewers", "prompt", "stop", "rollback", "fallback"))
    assert manifest["tools"] == manifest["data"] == []
    assert (found.prompt, found.fallback, found.drill, found.prompt_digest) == (None, None, None, None)


@pytest.mark.parametrize("name", [layout.MANIFEST, layout.STATE])
@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (File(SYMLINK, "a" * 40, b"../other/workflow.yaml"), "symlink"),
        (File(SUBMODULE, "a" * 40, None), "submodule"),
        (File(EXECUTABLE, "a" * 40, b"state: live\n"), "executable"),
        (File("100664", "a" * 40, b"state: live\n"), "submodule"),
        (File(FILE, "a" * 40, LFS), "lfs"),
        (File(FILE, "a" * 40, b"state: \0live\n"), "binary"),
        (File(FILE, "a" * 40, b"state: \xff\n"), "binary"),
    ],
)
def test_what_must_be_a_plain_file(name: str, file: File, kind: str) -> None:
    """A manifest or state that is a link, a submodule, executable, LFS or binary is refused (T10)."""
    found = read(**{name.replace(".", "_"): file})
    assert problem(found) == Problem(f"workflows/{NAME}/{name}", "", f"Must be a plain text file (got {kind})")
    assert found.version == ""


@pytest.mark.parametrize("name", [layout.MANIFEST, layout.STATE])
def test_what_must_be_there(name: str) -> None:
    """A manifest or state that is missing is asked for by its path, and one that is too large told the limit (T10)."""
    path = f"workflows/{NAME}/{name}"
    missing, large = (read(**{name.replace(".", "_"): file}) for file in (None, File(FILE, "a" * 40, None)))
    assert problem(missing) == Problem(path, "", f"Must be there: {path} is missing")
    assert problem(large) == Problem(path, "", "Must be at most 1 MiB (got more)")


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (File(SYMLINK, "a" * 40, b"/etc/passwd"), "symlink"),
        (File(SUBMODULE, "a" * 40, None), "submodule"),
        (File(EXECUTABLE, "a" * 40, b"text"), "executable"),
        (File(FILE, "a" * 40, None), "large"),
        (File(FILE, "a" * 40, LFS), "lfs"),
        (File(FILE, "a" * 40, b"a\0b"), "binary"),
        (File(FILE, "a" * 40, b"a\r\nb"), "crlf"),
        (File(EXECUTABLE, "a" * 40, b"a\r\nb"), "crlf"),
        (File(FILE, "a" * 40, "a\u202eb".encode()), "hidden"),
        (File(FILE, "a" * 40, "a\u200bb".encode()), "hidden"),
        (File(FILE, "a" * 40, "a\U000e0041\U000e0042".encode()), "hidden"),
        (File(FILE, "a" * 40, b"a\x1b[2J"), "hidden"),
        (File(FILE, "a" * 40, "naïve café ☕️ 日本 \u0646\u200c\u0646".encode()), "file"),
        (File(FILE, "a" * 40, b""), "file"),
    ],
)
@pytest.mark.parametrize("name", ["reply_prompt", "fallback_md", "stray_txt"])
def test_kinds(name: str, file: File, kind: str) -> None:
    """Each file's kind is a fact for the rules, of named and of stray files (T10)."""
    facts = read(**{name: file}).facts()
    assert facts["files"][name.replace("_", ".")]["kind"] == kind


@pytest.mark.parametrize("name", ["reply_prompt", "fallback_md"])
@pytest.mark.parametrize("mode", [SYMLINK, EXECUTABLE, SUBMODULE])
def test_what_is_no_plain_file_is_not_read(name: str, mode: str) -> None:
    """The text behind a link or an executable is not taken for a prompt or a fallback (T10)."""
    found = read(**{name: File(mode, "a" * 40, None if mode == SUBMODULE else b"{{a}}\n## Steps\n1. x\n")})
    assert (found.prompt if name == "reply_prompt" else found.fallback) is None


def test_a_drill_that_is_no_plain_file() -> None:
    """A drill file that is a link is a problem of its own (T08, T10)."""
    found = read(drill_yaml=File(SYMLINK, "a" * 40, b"../x"))
    assert problem(found).message == "Must be a plain text file (got symlink)"


def test_named_files_that_are_missing() -> None:
    """Files that are named and not there are facts; the workflow can be read."""
    found = read(reply_prompt=None, fallback_md=None, drill_yaml=None)
    assert found.problems == []
    assert (found.prompt, found.fallback, found.drill, found.prompt_digest) == (None, None, None, None)


def test_too_many_files() -> None:
    """256 files are read, 257 are refused before anything in them is (T10)."""
    stray = {f"f{index}": File(FILE, "a" * 40, b"x") for index in range(layout.MAX_FILES + 1)}
    fits = workflow.read(NAME, {**files(), **dict(list(stray.items())[: layout.MAX_FILES - 5])})
    assert (len(fits.files), fits.problems) == (256, [])
    assert "at most 256 files" in problem(workflow.read(NAME, stray)).message


@pytest.mark.parametrize(
    ("name", "old", "new", "field", "line"),
    [
        ("workflow.yaml", "tier: high", "tier: highest", "risk.tier", 5),
        (
            "workflow.yaml",
            "copy, effect: send, release: named",
            "copy, effect: send, release: x",
            "actions[1].release",
            25,
        ),
        ("workflow.yaml", "touches: [customers]", "touches: customers", "risk.touches", 6),
        ("workflow.yaml", "tier: high", "tier: yes", "", 5),
        ("workflow.yaml", "task: support", "task: support\nextra: 1", "extra", 4),
        ("workflow.yaml", "    when: mixed account issues or unusual payment history\n", "", "models[1].when", 14),
        ("state.yaml", "live", "lively", "state", 1),
        ("drill.yaml", "jobs: 12", "jobs: many", "scenarios[0].jobs", 4),
        ("reply.prompt", "temperature: 0.2", "temperature: hot", "config.temperature", 5),
        ("reply.prompt", "temperature: 0.2", "colour: red", "config.colour", 5),
        ("reply.prompt", "temperature: 0.2", "temperature: &a 0.2", "", 5),
    ],
)
def test_problems_name_their_place(name: str, old: str, new: str, field: str, line: int) -> None:
    """A schema or YAML problem names file, field and line."""
    found = problem(edited(name, old, new))
    assert found.file == f"workflows/{NAME}/{name}"
    assert found.field.startswith(field)
    assert found.line == line
    assert found.fact() == {"file": found.file, "field": found.field, "message": found.message, "line": line}


@pytest.mark.parametrize(
    ("old", "new", "field", "line", "words"),
    [
        ("use: edge-cases", "use: default", "models[1].use", 14, "use once: models (got default again)"),
        ("name: receipt", "name: invoice-copy", "actions[3].name", 27, "name once: actions (got invoice-copy again)"),
        (
            "rework_minutes_per_task",
            "wrong_price",
            "stop.when[1].metric",
            32,
            "metric once: stop.when (got wrong_price again)",
        ),
        (
            "data:\n",
            "data:\n  - {name: billing-policy, access: write}\n",
            "data[1].name",
            23,
            "name once: data (got billing-policy again)",
        ),
        (
            "tools:\n",
            "tools:\n  - {name: account-lookup, effect: write}\n",
            "tools[1].name",
            21,
            "name once: tools (got account-lookup again)",
        ),
    ],
)
def test_names_are_unique(old: str, new: str, field: str, line: int, words: str) -> None:
    """Two items of one name, of which a comparison by name would see one, are refused at the second (T05)."""
    found = problem(edited("workflow.yaml", old, new))
    assert found == Problem(f"workflows/{NAME}/workflow.yaml", field, f"Must name each {words}", line)


def test_every_repetition_is_told() -> None:
    """An item that is named three times is told twice, each time where it stands."""
    found = edited("workflow.yaml", "name: receipt", "name: invoice-copy").files["workflow.yaml"].content or b""
    thrice = read(workflow_yaml=found.replace(b"name: late-fee-question", b"name: invoice-copy"))
    assert [(one.field, one.line) for one in thrice.problems] == [("actions[2].name", 26), ("actions[3].name", 27)]


def test_stops_are_unique() -> None:
    """Two stops of one id, of which a comparison would see one, are refused: none can be taken out unseen (T16)."""
    entry = "  - {{id: s1, action: {}, version: '*', reason: Wrong fee., at: 2026-03-01T22:15:00Z}}\n"
    found = problem(read(state_yaml="state: live\nstopped:\n" + entry.format("receipt") + entry.format("all")))
    assert (found.file, found.field, found.line) == (f"workflows/{NAME}/state.yaml", "stopped[1].id", 4)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("workflow.yaml", "tier: high", "tier: none"),
        ("workflow.yaml", "name: receipt", "name: invoice-copy"),
        ("state.yaml", "live", "lively"),
        ("drill.yaml", "jobs: 12", "jobs: many"),
        ("reply.prompt", "temperature: 0.2", "temperature: hot"),
    ],
)
def test_a_broken_side_has_nothing_but_problems(name: str, old: str, new: str) -> None:
    """Whichever file is at fault, there is no digest for an approval to name, and nothing for a rule to read."""
    found = edited(name, old, new)
    assert found == Workflow(NAME, found.files, [problem(found)])
