"""T10: files made to be misread: YAML tricks, confused types, size, links, submodules, paths that lead out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest
from support.attack import Act, Attack, Edit, attempt, clicked, editing, pass_through, riding, writing
from support.desk import DRILL, FALLBACK, FOLDER, MANIFEST, NAME, PROMPT, STATE, Desk
from support.forge import MergeRequest
from support.forge_desk import ForgeDesk

FILE = "workflow.files"
SCHEMA = "workflow.schema"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12\n"


def link(path: str, target: str = "/etc/passwd") -> Edit:
    def edit(desk: Desk) -> None:
        desk.path(path).unlink()
        desk.path(path).symlink_to(target)

    return edit


def folder_link(desk: Desk) -> None:
    os.rename(desk.path(FOLDER), desk.path("elsewhere"))
    desk.path(FOLDER).symlink_to("../elsewhere")


def raw(path: str, content: bytes) -> Edit:
    return lambda desk: desk.path(path).write_bytes(content)


def grow(path: str, content: bytes) -> Edit:
    return lambda desk: desk.path(path).write_bytes(desk.path(path).read_bytes() + content)


def many_files(desk: Desk) -> None:
    for number in range(257 - len(list(desk.path(FOLDER).iterdir()))):
        desk.write(f"{FOLDER}/{number}.md", "x\n")


def plumbed(path: str, mode: str = "160000") -> Act:
    """A commit with an entry that no working tree would hold."""

    def act(there: ForgeDesk) -> MergeRequest:
        desk = there.desk
        desk.git("update-index", "--add", "--cacheinfo", f"{mode},{desk.git('rev-parse', 'HEAD')},{path}")
        desk.git("commit", "--quiet", "-m", "Odd")
        request = there.open("change", labels=("countersign::merge",))
        there.approve(request, "finn")
        return request

    return act


def leading_out(name: str) -> Callable[[Desk], str]:
    """A commit whose tree has an entry that leads out of the workflow's folder."""

    def commit(desk: Desk) -> str:
        blob, tree = desk.git("rev-parse", f"HEAD:{STATE}"), desk.git("rev-parse", f"HEAD:{FOLDER}")
        inner = _mktree(desk, desk.git("ls-tree", tree) + f"\n100644 blob {blob}\t{name}\n")
        others = [line for line in desk.git("ls-tree", "HEAD:workflows").splitlines() if NAME not in line]
        workflows = _mktree(desk, "\n".join([*others, f"040000 tree {inner}\t{NAME}"]) + "\n")
        root = [line for line in desk.git("ls-tree", "HEAD").splitlines() if not line.endswith("\tworkflows")]
        top = _mktree(desk, "\n".join([*root, f"040000 tree {workflows}\tworkflows"]) + "\n")
        return desk.git("commit-tree", top, "-p", "main", "-m", "Out")

    return commit


def _mktree(desk: Desk, listing: str) -> str:
    done = subprocess.run(["git", "mktree"], cwd=desk.folder, input=listing, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def manifest(old: str, new: str) -> Act:
    return riding(editing(MANIFEST, old, new), sound=False)


TRICKS = (
    ("names the approver twice", "approver: finn", "approver: finn\napprover: ana", "twice"),
    ("hides a value behind an anchor", "touches: [customers]", "touches: &t [customers]", "anchor"),
    ("says of what type a value is", "approver: finn", "approver: !!str finn", "tag"),
    ("merges a mapping into another", "approver: finn", "<<: {approver: finn}", "<<"),
    ("holds two documents", "workflow: billing-replies", "---\nworkflow: billing-replies\n---", "document"),
    ("writes a number that some read as octal", "above: 0,", "above: 0o17,", ""),
    ("writes a word that some read as true", "approver: finn", "approver: yes", ""),
    ("puts nothing where a person must be", "approver: finn", "approver: null", ""),
    ("spells the tier in capitals", "tier: high", "tier: High", ""),
    (
        "names a file of another workflow",
        "fallback: {file: fallback.md,",
        "fallback: {file: ../ticket-triage/fallback.md,",
        "",
    ),
    ("has a key that nobody knows", "fallback: {file: fallback.md,", "fallback: {file: fallback.md, also: x,", ""),
    ("turns the direction of its text", "summary: Drafts", "summary: \u202eDrafts", ""),
    ("holds characters that ring a bell", "summary: Drafts", "summary: \t\x07 Drafts", ""),
    ("is nested deeper than anybody reads", "summary: Drafts", f"summary: {'[' * 40}", ""),
    (
        "lists a hundred thousand things",
        "touches: [customers]",
        f"touches: [{', '.join(map(str, range(150_000)))}]",
        "",
    ),
)

ATTACKS = (
    *(Attack(f"The manifest {what}.", manifest(old, new), "refused", SCHEMA, told) for what, old, new, told in TRICKS),
    *(Attack(f"The {what} is a link to a file of the machine.", riding(link(path), sound=False), "refused", code,
             "symlink")
      for what, path, code in (("manifest", MANIFEST, SCHEMA), ("state", STATE, SCHEMA), ("fallback", FALLBACK, FILE))),
    Attack("The whole folder is a link.", clicked(folder_link, "finn", "ana"), "refused",
           "workflow.retired-first"),
    Attack("A submodule lies in the folder.", plumbed(f"{FOLDER}/inner"), "refused", FILE, "submodule"),
    Attack("A submodule lies where a workflow would.", plumbed("workflows/new-one"), "refused", "workflow.folder"),
    *(Attack(f"The {what} is a pointer to large storage, which nobody sees here.",
             riding(writing(path, POINTER), sound=False),
             "refused", code, "lfs")
      for what, path, code in (("prompt", PROMPT, FILE), ("drill", DRILL, SCHEMA), ("manifest", MANIFEST, SCHEMA))),
    Attack("The prompt is executable.", riding(lambda desk: desk.path(PROMPT).chmod(0o755), sound=False), "refused",
           FILE, "executable"),
    Attack("The prompt has line ends that differ by reader.",
           riding(lambda desk: desk.path(PROMPT).write_bytes(desk.path(PROMPT).read_bytes().replace(b"\n", b"\r\n")),
           sound=False),
           "refused", FILE, "CRLF line ends"),
    Attack("The prompt begins with a mark that hides its front matter.",
           riding(lambda desk: desk.path(PROMPT).write_bytes(b"\xef\xbb\xbf" + desk.path(PROMPT).read_bytes()),
           sound=False),
           "refused", SCHEMA, "nothing may stand before its first ---"),
    Attack("The fallback holds a zero byte.", riding(raw(FALLBACK, b"a\0b"), sound=False), "refused", FILE, "binary"),
    Attack("The fallback is larger than anybody reads.", riding(raw(FALLBACK, b"x" * ((1 << 20) + 1)), sound=False),
           "refused", FILE, "got more than 1 MiB"),
    Attack("The manifest is padded with a megabyte of comments.", riding(grow(MANIFEST, b"#" * (1 << 20)), sound=False),
           "refused", SCHEMA, "1 MiB"),
    Attack("The folder holds more files than anybody looks at.", riding(many_files, sound=False), "refused", SCHEMA,
           "at most 256 files"),
    *(Attack(f"A file is called {name!r}.", riding(writing(f"{FOLDER}/{name}", "x\n"), sound=False), "refused", FILE)
      for name in ("new\nline.md", "-rf.md", ":(exclude)workflows")),
    *(Attack(f"A file outside workflows is called {name!r}.", riding(writing(name, "x\n")), "waits", "control.owner")
      for name in ("--help", "waivers[0]")),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_is_stopped(forge_desk: ForgeDesk, attack: Attack) -> None:
    """T10: what two readers could read in two ways is refused, and nothing outside the tree is read."""
    attempt(attack, forge_desk)


def test_the_plain_change_passes(forge_desk: ForgeDesk) -> None:
    """The change that all of them rode on passes, with a fallback of just a megabyte less a bit."""
    pass_through(forge_desk, riding(grow(FALLBACK, b"x" * ((1 << 20) - 2048))))


@pytest.mark.parametrize("name", ["..", ".", ".git"])
def test_a_tree_that_leads_out_is_only_data(desk: Desk, name: str) -> None:
    """T10: a hand-made tree with an entry that leads out of the folder writes nothing and never passes."""
    judged = desk.gate("--base", "main", "--head", leading_out(name)(desk))
    assert judged.exit_code in (1, 3), judged.output


def test_a_link_shows_nothing_of_its_target(desk: Desk) -> None:
    """T10: what a link points to is in no report."""
    real = desk.folder.parent / "secret.txt"
    real.write_text("# the secret outside\n")
    link(PROMPT, str(real))(desk)
    assert "secret" not in desk.refuses().output


def test_a_refusal_names_the_line_once(desk: Desk) -> None:
    """T10: of a manifest that cannot be read, one finding names the line, and no other rule adds to it."""
    desk.replace(MANIFEST, "approver: finn", "approver: finn\napprover: ana")
    findings = desk.refuses().report["findings"]
    assert [(one["code"], one["line"]) for one in findings] == [(SCHEMA, 9)]


@pytest.mark.parametrize(("depth", "found"), [(31, False), (33, True)])
def test_depth_is_bounded(desk: Desk, depth: int, found: bool) -> None:
    """T10: 33 levels are refused as too deep, whatever else is wrong; 32 are read."""
    desk.write(MANIFEST, desk.path(MANIFEST).read_text() + f"more: {'[' * depth}{']' * depth}\n")
    messages = [one["message"] for one in desk.refuses().found(SCHEMA)]
    assert any("32" in message for message in messages) is found, messages
