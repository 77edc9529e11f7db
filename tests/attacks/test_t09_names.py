"""T09: old names, look-alike names."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from support.desk import FOLDER, NAME, Desk


def clone_as(desk: Desk, name: str, *, keep: bool = True) -> str:
    """The live workflow again, under another name."""
    folder = f"workflows/{name}"
    shutil.copytree(desk.path(FOLDER), desk.path(folder))
    manifest = desk.path(f"{folder}/workflow.yaml")
    manifest.write_text(manifest.read_text().replace(f"workflow: {NAME}", f"workflow: {name}"))
    desk.write(f"{folder}/state.yaml", "state: proposed\n")
    if not keep:
        shutil.rmtree(desk.path(FOLDER))
    return f"{folder}/workflow.yaml"


def test_what_runs_cannot_be_deleted(desk: Desk) -> None:
    """T09: a live workflow is retired before it is deleted."""
    shutil.rmtree(desk.path(FOLDER))
    desk.refuses().asks("workflow.retired-first", f"{FOLDER}/state.yaml", "Must be retired", "it ran")


def test_a_rename_sheds_no_past(desk: Desk) -> None:
    """T09: a rename is a deletion and an addition, and is refused like the deletion."""
    clone_as(desk, "invoice-replies", keep=False)
    judged = desk.refuses()
    judged.asks("workflow.retired-first", f"{FOLDER}/state.yaml")
    judged.asks("risk.owner", "workflows/invoice-replies/workflow.yaml", severity="wait")


def test_a_pause_before_the_deletion_hides_nothing(on_main: Callable[[], Desk]) -> None:
    """T09: a workflow that ran and was set back to proposed is still one that ran."""
    desk = on_main()
    desk.write(f"{FOLDER}/state.yaml", "state: proposed\n")
    desk.land()
    desk.branch("change")
    shutil.rmtree(desk.path(FOLDER))
    desk.refuses().asks("workflow.retired-first", f"{FOLDER}/state.yaml")


def test_a_name_is_used_once(on_main: Callable[[], Desk]) -> None:
    """T09: a workflow that was deleted does not come back under its name without its history."""
    desk = on_main()
    kept = desk.folder.parent / "kept"
    shutil.copytree(desk.path("workflows/meeting-notes"), kept)
    shutil.rmtree(desk.path("workflows/meeting-notes"))
    desk.land()
    desk.branch("change")
    shutil.copytree(kept, desk.path("workflows/meeting-notes"))
    desk.write("workflows/meeting-notes/state.yaml", "state: proposed\n")
    judged = desk.refuses()
    judged.asks("workflow.readded", "workflows/meeting-notes/workflow.yaml", "no earlier workflow had", line=1)


@pytest.mark.parametrize("name", ["bi11ing-replies", "bllling-replies", "billingreplies", "bil-ling-replies"])
def test_a_look_alike_is_refused(desk: Desk, name: str) -> None:
    """T09: a name that reads like another workflow's is refused, and the other is named."""
    manifest = clone_as(desk, name)
    desk.refuses().asks("workflow.folder", manifest, "Must not read like", NAME, line=1)


@pytest.mark.parametrize(
    "name", ["Billing-Replies", "BILLING-REPLIES", "b\u0456lling-replies", "billing\u2010replies", "\u202ebilling"]
)
def test_a_name_in_other_letters_is_refused(desk: Desk, name: str) -> None:
    """T09: capitals, other alphabets and invisible characters in a folder's name are refused."""
    clone_as(desk, name)
    judged = desk.refuses()
    assert judged.codes & {"workflow.folder", "workflow.schema"}, judged.output
    assert "\u202e" not in judged.output


def test_a_case_twin_of_the_whole_folder_waits_for_the_owner(desk: Desk) -> None:
    """T09: `Workflows/` beside `workflows/` is no workflow, and is the owner's to approve."""
    shutil.copytree(desk.path(FOLDER), desk.path(f"Workflows/{NAME}"))
    desk.waits().asks("control.owner", f"Workflows/{NAME}/drill.yaml", severity="wait")


def test_the_folder_and_the_manifest_agree(desk: Desk) -> None:
    """T09: a manifest that calls itself another workflow is refused."""
    desk.replace(f"{FOLDER}/workflow.yaml", f"workflow: {NAME}", "workflow: refund-decisions")
    desk.refuses().asks("workflow.folder", f"{FOLDER}/workflow.yaml", "Must equal the folder's name", line=1)
