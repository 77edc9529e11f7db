"""T10: files made to be misread."""

from __future__ import annotations

import os

import pytest
from support.desk import DRILL, FALLBACK, FOLDER, MANIFEST, NAME, PROMPT, STATE, Desk

FILE = "workflow.files"
SCHEMA = "workflow.schema"


def plumbed(desk: Desk, mode: str, oid: str, path: str) -> tuple[str, ...]:
    """A commit with an entry that no working tree would hold; the options that judge it."""
    desk.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    desk.git("commit", "--quiet", "-m", "Odd")
    return ("--base", "main", "--head", "HEAD")


@pytest.mark.parametrize(("path", "code"), [(MANIFEST, SCHEMA), (STATE, SCHEMA), (FALLBACK, FILE), (PROMPT, FILE)])
def test_a_link_is_never_followed(desk: Desk, path: str, code: str) -> None:
    """T10: a symbolic link in place of a file is refused, and what it points to is not read."""
    real = desk.folder.parent / "secret.txt"
    real.write_text(desk.path(path).read_text() + "# the secret outside\n")
    desk.path(path).unlink()
    desk.path(path).symlink_to(real)
    judged = desk.refuses()
    judged.asks(code, path, "Must be a plain text file", "symlink")
    assert "secret" not in judged.output


def test_a_folder_that_is_a_link_is_no_workflow(desk: Desk) -> None:
    """T10: a link in place of a workflow's folder deletes the workflow."""
    os.rename(desk.path(FOLDER), desk.folder.parent / "elsewhere")
    desk.path(FOLDER).symlink_to(desk.folder.parent / "elsewhere")
    judged = desk.refuses()
    judged.asks("workflow.retired-first", STATE)
    judged.asks("control.owner", FOLDER, severity="wait")


def test_a_submodule_in_the_folder_is_refused(desk: Desk) -> None:
    """T10: a submodule is no file; it is refused where it stands."""
    args = plumbed(desk, "160000", desk.git("rev-parse", "HEAD"), f"{FOLDER}/inner")
    desk.refuses(*args).asks(FILE, f"{FOLDER}/inner", "submodule")


def test_a_submodule_as_the_folder_is_no_workflow(desk: Desk) -> None:
    """T10: a submodule among the workflows is no workflow, and the owner's to approve."""
    args = plumbed(desk, "160000", desk.git("rev-parse", "HEAD"), "workflows/new-one")
    desk.waits(*args).asks("control.owner", "workflows/new-one", severity="wait")


@pytest.mark.parametrize("path", [PROMPT, FALLBACK, DRILL, MANIFEST])
def test_a_pointer_to_large_storage_is_refused(desk: Desk, path: str) -> None:
    """T10: an LFS pointer stands for content that nobody sees here."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12\n"
    desk.write(path, pointer)
    judged = desk.refuses()
    assert [one for one in judged.report["findings"] if one["file"] == path and "lfs" in one["message"]], judged.output


@pytest.mark.parametrize("path", [PROMPT, MANIFEST])
def test_an_executable_is_refused(desk: Desk, path: str) -> None:
    """T10: a file with an executable bit is no plain text file."""
    desk.path(path).chmod(0o755)
    judged = desk.refuses()
    assert [one for one in judged.report["findings"] if one["file"] == path and "executable" in one["message"]]


@pytest.mark.parametrize("path", [PROMPT, FALLBACK])
@pytest.mark.parametrize(
    ("content", "kind"), [(b"a\r\nb\r\n", "CRLF line ends"), (b"a\0b", "binary"), (b"\xff\xfe", "binary")]
)
def test_only_plain_text_counts(desk: Desk, path: str, content: bytes, kind: str) -> None:
    """T10: CRLF line ends, zero bytes and other encodings are refused."""
    desk.path(path).write_bytes(content)
    desk.refuses().asks(FILE, path, f"got {kind}")


def test_a_file_past_the_limit_is_refused(desk: Desk) -> None:
    """T10: a file of 1 MiB and a byte is refused and not read; one of 1 MiB is read."""
    desk.path(FALLBACK).write_bytes(b"x" * (1 << 20))
    assert desk.gate().found(FILE) == []
    desk.path(FALLBACK).write_bytes(b"x" * ((1 << 20) + 1))
    desk.refuses().asks(FILE, FALLBACK, "got more than 1 MiB")
    desk.path(MANIFEST).write_bytes(desk.path(MANIFEST).read_bytes() + b"#" * (1 << 20))
    desk.refuses().asks(SCHEMA, MANIFEST, "1 MiB")


def test_too_many_files_are_refused(desk: Desk) -> None:
    """T10: a folder of 257 files is refused in one finding; 256 are looked at."""
    for number in range(256 - len(list(desk.path(FOLDER).iterdir()))):
        desk.write(f"{FOLDER}/{number}.md", "x\n")
    judged = desk.refuses()
    assert judged.found(SCHEMA) == []
    assert len(judged.found(FILE)) > 200
    desk.write(f"{FOLDER}/one-more.md", "x\n")
    judged = desk.refuses()
    judged.asks(SCHEMA, FOLDER, "at most 256 files")
    assert len(judged.report["findings"]) == 1


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("approver: finn", "approver: finn\napprover: ana", "twice"),
        ("touches: [customers]", "touches: &t [customers]", "anchor"),
        ("touches: [customers]", "touches: *t", "alias"),
        ("approver: finn", "approver: !!str finn", "tag"),
        ("approver: finn", "<<: {approver: finn}", "<<"),
        ("above: 0,", "above: 0o17,", ""),
        ("above: 6,", "above: 1:30,", ""),
        ("approver: finn", "approver: yes", ""),
        ("approver: finn", "approver: [finn]", ""),
        ("approver: finn", "approver: null", ""),
        ("tier: high", "tier: High", ""),
        ("workflow: billing-replies", "---\nworkflow: billing-replies\n---", "document"),
        ("fallback: {file: fallback.md,", "fallback: {file: ../ticket-triage/fallback.md,", ""),
        ("prompt: reply.prompt", "prompt: /etc/passwd", ""),
        ("fallback: {file: fallback.md,", "fallback: {file: fallback.md, also: x,", ""),
        ("summary: Drafts", "summary: \u202eDrafts", ""),
        ("summary: Drafts", f"summary: {'[' * 40}", ""),
        ("summary: Drafts", "summary: \t\x07 Drafts", ""),
    ],
)
def test_yaml_that_reads_in_two_ways_is_refused(desk: Desk, old: str, new: str, word: str) -> None:
    """T10: duplicate keys, anchors, aliases, tags, merges, other numbers, other types and paths that lead out."""
    desk.replace(MANIFEST, old, new)
    judged = desk.refuses()
    finding = judged.asks(SCHEMA, MANIFEST, word)
    assert finding["line"], finding
    assert [one["code"] for one in judged.report["findings"]].count(SCHEMA) == len(judged.report["findings"])


@pytest.mark.parametrize(("depth", "found"), [(31, False), (33, True)])
def test_depth_is_bounded(desk: Desk, depth: int, found: bool) -> None:
    """T10: 33 levels are refused as too deep, whatever else is wrong; 32 are read."""
    desk.write(MANIFEST, desk.path(MANIFEST).read_text() + f"more: {'[' * depth}{']' * depth}\n")
    messages = [one["message"] for one in desk.refuses().found(SCHEMA)]
    assert any("32" in message for message in messages) is found, messages


@pytest.mark.parametrize("name", ["new\nline.md", "-rf.md", "--output=x.md", ":(exclude)workflows", "*", "a b\tc.md"])
def test_odd_names_are_only_names(desk: Desk, name: str) -> None:
    """T10: line breaks, leading dashes, pathspec magic and wildcards in names are neither options nor lines."""
    desk.write(f"{FOLDER}/{name}", "x\n")
    judged = desk.refuses()
    assert len(judged.found(FILE)) == 1, judged.output
    assert "\n" not in judged.found(FILE)[0]["file"]


@pytest.mark.parametrize("name", ["new\nline.md", "-rf", "--help", "people", "waivers[0]", "owner", "tasks.md"])
def test_odd_names_outside_workflows_are_only_names(desk: Desk, name: str) -> None:
    """T10: the same in the root, where a name could also be taken for a field of a team file."""
    desk.write(name, "x\n")
    judged = desk.waits()
    assert judged.codes == {"control.owner"}
    assert judged.found("control.owner")[0]["message"].count("1 path outside") == 1


@pytest.mark.parametrize("name", ["..", ".", ".git"])
def test_a_tree_that_leads_out_is_only_data(desk: Desk, name: str) -> None:
    """T10: a hand-made tree with an entry that leads out of the folder writes nothing and never passes."""
    blob = desk.git("rev-parse", f"HEAD:{STATE}")
    tree = desk.git("rev-parse", f"HEAD:{FOLDER}")
    listing = desk.git("ls-tree", tree) + f"\n100644 blob {blob}\t{name}\n"
    inner = _mktree(desk, listing)
    others = [line for line in desk.git("ls-tree", "HEAD:workflows").splitlines() if NAME not in line]
    workflows = _mktree(desk, "\n".join([*others, f"040000 tree {inner}\t{NAME}"]) + "\n")
    root = [line for line in desk.git("ls-tree", "HEAD").splitlines() if not line.endswith("\tworkflows")]
    top = _mktree(desk, "\n".join([*root, f"040000 tree {workflows}\tworkflows"]) + "\n")
    commit = desk.git("commit-tree", top, "-p", "main", "-m", "Out")
    judged = desk.gate("--base", "main", "--head", commit)
    assert judged.exit_code in (1, 3), judged.output


def _mktree(desk: Desk, listing: str) -> str:
    file = desk.folder.parent / "listing"
    file.write_text(listing)
    import subprocess

    with file.open() as given:
        done = subprocess.run(
            ["git", "mktree"], cwd=desk.folder, stdin=given, capture_output=True, text=True, check=True
        )
    return done.stdout.strip()


@pytest.mark.timeout(60)
def test_a_hundred_thousand_items_are_refused_at_once(desk: Desk) -> None:
    """T10: a list longer than anybody writes is refused as unreadable, before anything looks at each item."""
    many = ", ".join(map(str, range(150_000)))
    desk.replace(MANIFEST, "touches: [customers]", f"touches: [{many}]")
    judged = desk.refuses()
    assert len(judged.found(SCHEMA)) == 1
    assert len(judged.output) < 5_000
