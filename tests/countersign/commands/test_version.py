"""`countersign version`: which exact content is meant."""

from __future__ import annotations

import base64
import hashlib

from support.desk import FALLBACK, MANIFEST, NAME, PROMPT, STATE, Desk


def digests(desk: Desk, *args: str) -> dict[str, str]:
    said = desk.run("version", NAME, *args)
    assert said.exit_code == 0, said.output
    return dict(line.split() for line in said.output.splitlines())


def test_each_digest_covers_its_own(desk: Desk) -> None:
    """A prompt moves the version, a fallback also the rollback digest, a state only what is countersigned."""
    first = digests(desk)
    assert set(first) == {"version", "rollback", "countersigned"}
    for path, moved in (
        (STATE, {"countersigned"}),
        (PROMPT, {"version", "countersigned"}),
        (FALLBACK, {"version", "rollback", "countersigned"}),
    ):
        desk.write(path, desk.path(path).read_text() + ("# x\n" if path == STATE else "More.\n"))
        found = digests(desk)
        assert {name for name in found if found[name] != first[name]} == moved, path
        desk.git("checkout", "--", path)


def test_the_listing_is_what_is_digested(desk: Desk) -> None:
    """`--listing` prints exactly the bytes whose SHA-256 the version is."""
    listing = desk.run("version", NAME, "--listing").output
    digest = base64.b64encode(hashlib.sha256(listing.encode()).digest()).decode()
    assert f"h1:{digest}" == digests(desk)["version"]
    assert [line.split("  ")[1] for line in listing.splitlines()] == sorted(
        f"workflows/{NAME}/{name}" for name in ("drill.yaml", "fallback.md", "reply.prompt", "workflow.yaml")
    )


def test_at_a_commit(desk: Desk) -> None:
    """`--at` reads a commit, whatever the working tree holds; a name that is none is bad usage."""
    before = digests(desk)
    desk.replace(PROMPT, "120", "90")
    assert digests(desk, "--at", "HEAD") == before
    assert digests(desk) != before
    for name in ("nowhere", "--help-me", "HEAD:team"):
        assert desk.run("version", NAME, "--at", name).exit_code in (2, 3)


def test_what_cannot_be_read_has_no_version(desk: Desk) -> None:
    """An unreadable manifest is an error with file and line, an unknown workflow bad usage."""
    desk.replace(MANIFEST, "tier: high", "tier: &a high")
    said = desk.run("version", NAME)
    assert said.exit_code == 3
    assert f"{MANIFEST}:5" in said.output
    assert desk.run("version", "nothing").exit_code == 2


def test_a_missing_file_has_no_version(desk: Desk) -> None:
    """T06: a version of files that are not all there would name other content; it is no verdict either way."""
    desk.path(FALLBACK).unlink()
    said = desk.run("version", NAME)
    assert said.exit_code in (0, 3)
    assert "Traceback" not in said.output
