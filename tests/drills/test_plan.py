"""The plan: a drill file, read and held against its manifest; what cannot be rehearsed is said at once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from support import rehearsals, yaml_text
from support.desk import NAME

from catalog import workflow as workflows
from catalog.errors import UsageError
from catalog.workflow import File, Workflow
from drills.outcomes import Phase
from drills.plan import Plan, plan

Json = Any

FOLDER = Path(__file__).parents[1] / "samples/repository/workflows" / NAME


def workflow(**files: bytes | None) -> Workflow:
    """The sample workflow with some files (`drill_yaml`) replaced, or away."""
    found = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    found |= {name.replace("_", "."): content for name, content in files.items() if content is not None}
    for name in [name.replace("_", ".") for name, content in files.items() if content is None]:
        del found[name]
    return workflows.read(NAME, {name: File("100644", "", content) for name, content in found.items()})


def planned(document: Json) -> Plan:
    return plan(workflow(drill_yaml=yaml_text.dump(document).encode()))


def test_all_of_a_drill_file() -> None:
    """Durations are seconds, parameters are what a scenario has beside its name and its undos."""
    text = yaml_text.dump(rehearsals.document("late-fee-answer", "wrong-model")).encode()
    found = plan(workflow(drill_yaml=text))
    assert (found.file, found.digest) == (f"workflows/{NAME}/drill.yaml", hashlib.sha256(text).hexdigest())
    assert [(one.scenario, one.parameters, one.undo) for one in found.played] == [
        ("late-fee-answer", {"action": "late-fee-question", "jobs": 2}, ("resume-action", "remove-canary")),
        ("wrong-model", {"use": "edge-cases", "jobs": 2}, ("restore-version", "restore-model", "remove-canary")),
    ]
    assert (found.before, found.after) == (("points-answer",), ("points-answer",))
    assert found.during == ("fallback-open", "old-version-silent")
    assert found.budgets == {
        Phase.DETECT: 60.0, Phase.ACKNOWLEDGE: 60.0, Phase.STOP: 30.0, Phase.MITIGATE: 60.0, Phase.DRAIN: 45.0,
        Phase.NOTIFY: 30.0, Phase.RESTORE: 60.0,
    }  # fmt: skip
    assert (found.silence, found.within) == (1.0, 300.0)


def test_minutes_are_seconds() -> None:
    """Whatever unit a person writes."""
    assert planned(rehearsals.document("wrong-model", silence="2m")).silence == 120.0


def test_the_digest_is_of_each_byte() -> None:
    """A comment makes it another file."""
    text = yaml_text.dump(rehearsals.document("wrong-model")).encode()
    assert plan(workflow(drill_yaml=text)).digest != plan(workflow(drill_yaml=text + b"# more\n")).digest


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"drill_yaml": None}, "no drill to run"),
        ({"drill_yaml": b"scenarios: []\n"}, "drill.yaml"),
        ({"drill_yaml": b"\xff"}, "drill.yaml"),
        ({"workflow_yaml": b"workflow: x\n"}, "workflow.yaml"),
    ],
)
def test_what_cannot_be_rehearsed_is_said(files: dict[str, bytes | None], words: str) -> None:
    """By its file, with a next step, before anything is touched."""
    with pytest.raises(UsageError, match=words) as refused:
        plan(workflow(**files))
    assert refused.value.solution


def test_a_workflow_without_a_drill() -> None:
    """One whose manifest names none has nothing to rehearse."""
    manifest = (FOLDER / "workflow.yaml").read_text().replace(
        "rollback: {to: manual, within: 5m, drill: drill.yaml}\n", ""
    )  # fmt: skip
    with pytest.raises(UsageError) as refused:
        plan(workflow(workflow_yaml=manifest.encode()))
    assert refused.value.solution
