"""Whoever had a hand in a change answers for it, and so cannot approve it (T02)."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.repositories import PROMPT, Clone, mail, sample

from catalog import authors, snapshot
from catalog.errors import GitError


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return sample(tmp_path / "clone").branch("work").write("note", "begun")


def between(clone: Clone, head: str = "work") -> set[str]:
    with clone.open() as repository:
        repository.use_scratch()
        return authors.emails(repository, snapshot.between(repository, "main", head))


def proposed(clone: Clone) -> set[str]:
    with clone.open() as repository:
        repository.use_scratch()
        return authors.emails(repository, snapshot.proposed(repository, "main"))


def test_author_and_committer(clone: Clone) -> None:
    """Who wrote a commit and who committed it both count (T02)."""
    clone.commit(who="dana", committer="eli")
    assert between(clone) == {mail("dana"), mail("eli")}


def test_every_commit(clone: Clone) -> None:
    """All commits that the target lacks count, and those it has do not (T02)."""
    clone.commit(who="dana")
    clone.write("note", "more").commit(who="Finn@Example.ORG")
    assert between(clone) == {mail("dana"), mail("finn")}


def test_nothing_to_answer_for(clone: Clone) -> None:
    """Without a commit beyond the target nobody answers."""
    clone.git("branch", "same", "main")
    assert between(clone, "same") == set()


@pytest.mark.parametrize(
    "message",
    [
        "Shorten\n\nCo-authored-by: Eli <eli@example.org>",
        "Shorten\n\nco-AUTHORED-by:Eli <ELI@example.org>",
        "Shorten\n\nCo-authored-by: Eli\n  <eli@example.org>",
        "Shorten\n\nCo-authored-by: Ana <ana@example.org>, Eli <eli@example.org>",
        "Shorten\n\nCo-authored-by: Eli <eli@example.org>\n\nMore words in a last paragraph.",
        "Shorten\n\n* One\n  Co-authored-by: Eli <eli@example.org>\n\n* Two",
        "Shorten\n\n---\nCo-authored-by: Eli <eli@example.org>",
        "Shorten\n\nCo-authored-by: eli@example.org",
        "Co-authored-by: Eli <eli@example.org>",
        "Apply suggestion\n\nCo-authored-by: Eli <eli@example.org>\nApproved-by: Ana <x@example.org>",
    ],
)
def test_co_authors(clone: Clone, message: str) -> None:
    """A co-author counts wherever the message names one: at its end, inside a squash, several in a line (T02)."""
    clone.commit(message, who="dana")
    assert {mail("dana"), mail("eli")} <= between(clone) <= {mail("dana"), mail("eli"), mail("ana")}


def test_other_trailers_do_not_count(clone: Clone) -> None:
    """Reviewers and prose that mention a person make nobody an author."""
    clone.commit("Shorten\n\nWe asked Eli <eli@example.org>.\n\nReviewed-by: Finn <finn@example.org>")
    assert between(clone) == {mail("dana")}


def test_a_co_author_without_an_address(clone: Clone) -> None:
    """A co-author without an address is kept as written, to be reported as unknown (T02)."""
    clone.commit("Shorten\n\nCo-authored-by: Eli Nakamura")
    assert between(clone) == {mail("dana"), "eli nakamura"}


def test_unknown_addresses_are_kept(clone: Clone) -> None:
    """An address that belongs to nobody is kept, not dropped (T02)."""
    clone.commit(who="stranger@elsewhere.example")
    assert between(clone) == {"stranger@elsewhere.example"}


def test_merges(clone: Clone) -> None:
    """Commits that come in by a merge count, and whoever merged; the target's own commits merged back do not (T02)."""
    clone.commit(who="dana")
    clone.branch("side", "work").write("side", "x").commit(who="eli")
    clone.switch("main").write("target", "x").commit(who="hugo")
    clone.switch("work")
    clone.merge("side", who="finn")
    clone.merge("main", who="gita")
    assert between(clone) == {mail(who) for who in ("dana", "eli", "finn", "gita")}


def test_a_rebase_keeps_the_author(clone: Clone) -> None:
    """Replaying a commit on a newer target keeps its author beside the new committer (T02)."""
    clone.commit(who="eli")
    clone.switch("main").write("target", "x").commit(who="hugo")
    clone.switch("work").git("rebase", "--quiet", "main", who="dana")
    assert between(clone) == {mail("eli"), mail("dana")}


def test_uncommitted_work(clone: Clone) -> None:
    """Work that is in no commit belongs to whom git would name (T02)."""
    clone.commit(who="eli")
    clone.replace(PROMPT, "120", "100")
    assert proposed(clone) == {mail("eli"), "author@example.org"}


def test_an_address_that_git_made_up_comes_with_advice(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git was told no address, what stands for it says which setting is missing, and is nobody's."""
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "root@vm.(none)")
    assert proposed(clone) == {"root@vm.(none): tell git yours by git config user.email", "author@example.org"}


def test_committed_work_only(clone: Clone) -> None:
    """With nothing uncommitted, who runs the command does not answer for it."""
    clone.commit(who="eli")
    assert proposed(clone) == {mail("eli")}


def test_a_name_that_tries_to_break_out(clone: Clone) -> None:
    """A message or name with separators and markup in it hides no other commit's author (T02, T15)."""
    clone.commit("x\x1e\n\x1e\x01%ae\nCo-authored-by: <>\n\nCo-authored-by: <eli@example.org", who="dana")
    clone.write("note", "2").commit("y", who="eli")
    assert {mail("dana"), mail("eli")} <= between(clone)


def test_mailmap_and_encodings_do_not_count(clone: Clone) -> None:
    """A .mailmap in the change, or an output encoding in the settings, renames nobody (T02)."""
    clone.write(".mailmap", "Ana <ana@example.org> <dana@example.org>\n").commit(who="dana")
    clone.git("config", "log.mailmap", "true")
    clone.git("config", "i18n.logOutputEncoding", "UTF-16")
    assert between(clone) == {mail("dana")}


def raw(clone: Clone, headers: bytes, message: bytes = b"Shorten\n") -> None:
    """A commit on `work` with just these headers below tree and parent, as a hostile git could push it."""
    clone.git("add", "--all")
    begin = f"tree {clone.git('write-tree')}\nparent {clone.head}\n".encode()
    given = begin + headers + b"\n" + message
    oid = clone.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=given)
    clone.git("update-ref", "refs/heads/work", oid)


def by(author: bytes, committer: bytes = b"D <dana@example.org>", more: bytes = b"") -> bytes:
    return b"author %s 1790000000 +0000\ncommitter %s 1790000000 +0000\n%s" % (author, committer, more)


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (by(b"E <>"), b"x\n"),
        (by(b"E < >", b"D <\t>"), b"x\n"),
        (by(b"E eli@example.org"), b"x\n"),
        (by(b"E <<eli@example.org>>"), b"x\n"),
        (by(b"E <eli@example.org> <dana@example.org>"), b"x\n"),
        (by(b"D <dana@example.org>", b"E <>"), b"x\n"),
        (b"committer D <dana@example.org> 1790000000 +0000\n", b"x\n"),
        (b"author D <dana@example.org> 1790000000 +0000\n", b"x\n"),
        (b"author E <eli@example.org> 1790000000 +0000\n" + by(b"D <dana@example.org>"), b"x\n"),
        (by(b"D <dana@example.org>", more=b"encoding UTF-16\n"), b"x\n"),
        (by(b"D <dana@example.org>", more=b"encoding UTF-7\n"), b"x\n\nCo-authored-by: E <eli+AEA-example.org>\n"),
        (by(b"D <dana@example.org>"), b"x\0\nCo-authored-by: E <eli@example.org>\n"),
        (by(b"D\0 <dana@example.org>"), b"x\n"),
        (b"", b"x\n"),
    ],
)
def test_a_commit_that_hides_who_made_it(clone: Clone, headers: bytes, message: bytes) -> None:
    """A commit of which git prints no author, or not all of it, has an address that is nobody's (T02)."""
    raw(clone, headers, message)
    commit = clone.git("rev-parse", "work")
    assert f"(no address in commit {commit[:8]})" in between(clone)


@pytest.mark.parametrize(
    "headers",
    [by(b"D <dana@example.org>"), by(b"D <dana@example.org>", more=b"encoding utf-8\n"), by(b" <dana@example.org>"),
     by(b"D <dana@example.org>", more=b"gpgsig -----BEGIN\n author E <eli@example.org> 1790000000 +0000\n -----END\n")],
)  # fmt: skip
def test_a_plain_commit(clone: Clone, headers: bytes) -> None:
    """A name that is empty, UTF-8 said aloud, and what a signature holds raise no doubt."""
    raw(clone, headers)
    assert between(clone) == {mail("dana")}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (by(b"E <<eli@example.org>>"), b"x\n"),
        (b"author E <eli@example.org> 1790000000 +0000\n" + by(b"D <dana@example.org>"), b"x\n"),
        (by(b"D <dana@example.org>"), b"x\0\nCo-authored-by: E <eli@example.org>\n"),
        (by(b"D <dana@example.org>"), b"x\rCo-authored-by: E <eli@example.org>\r"),
        (by(b"D <dana@example.org>"), "x\u2028Co-authored-by: E <eli@example.org>\n".encode()),
        (by(b"D <dana@example.org>", more=b"encoding UTF-16LE\n"), b"x\n\nCo-authored-by: E <eli@example.org>\n"),
    ],
)
def test_who_is_told_in_odd_ways_counts(clone: Clone, headers: bytes, message: bytes) -> None:
    """Whoever a commit names, to any reader, answers for it: below a NUL byte, a bare CR, a second author (T02)."""
    raw(clone, headers, message)
    assert mail("eli") in between(clone)


def test_a_desk_without_an_address(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uncommitted work of somebody without an address is nobody's, not everybody's (T02)."""
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "")
    clone.replace(PROMPT, "120", "100")
    assert proposed(clone) == {"(no address): tell git yours by git config user.email", "author@example.org"}


def test_history_cut_off(clone: Clone, tmp_path: Path) -> None:
    """In a shallow clone that lacks commits of the change nobody is overlooked: it is an error (T02)."""
    for index in range(4):
        clone.write("note", str(index)).commit(who="eli" if index == 0 else "dana")
    clone.switch("main").merge("work")
    clone.branch("next").write("note", "last").commit(who="finn")
    cut = clone.clone(tmp_path / "cut", "--depth=2", "--no-single-branch")
    with cut.open() as repository, pytest.raises(GitError, match="Not every commit") as caught:
        snapshot.between(repository, "origin/work", "origin/next")
    assert "unshallow" in caught.value.solution
