"""What is judged, brought here by git: target, head, records, and what earlier pushes held. Data, never code."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping

from catalog.errors import GitError, RecordError, SourceError
from catalog.git import Repository
from checks.gitlab.facts import MergeRequest, Push
from checks.reports.safe import one_line

HEAD = "refs/countersign/head"
# A pattern, since git refuses to fetch a single ref that is not there, and a repository may have no records yet.
_RECORDS = "+refs/heads/records*:refs/remotes/origin/records*"

_GONE = re.compile(r"not our ref|unadvertised object|couldn't find remote ref")
"""What git says of a commit that the server does not have, or keeps."""


def target(branch: str) -> str:
    """The ref that holds a target branch here."""
    return f"refs/remotes/gitlab/{branch}"


def fetch(repository: Repository, remote: str, request: MergeRequest, token: str) -> None:
    """Bring target, head and records of a merge request. Raises `SourceError` when it has another head by now."""
    head = f"+refs/merge-requests/{request.number}/head:{HEAD}"
    bring(repository, remote, (_branch(request.target), head, _RECORDS), token)
    found = repository.run("rev-parse", HEAD).decode().strip()
    if found != request.head:
        raise SourceError(
            f"The head of !{request.number} is {found[:12]} in git, and {request.head[:12]} by GitLab's word.",
            why="Somebody has just pushed, or GitLab has not noticed yet.",
            solution="Run it again.",
        )


def fetch_pushes(repository: Repository, remote: str, pushes: Iterable[Push], token: str) -> None:
    """Bring the heads of earlier pushes, as far as the server still gives them away; nothing is said of the others.

    An approval that was given on one that is gone does not count, and is told so.
    """
    missing = sorted({push.head for push in pushes if repository.resolve(f"{push.head}^{{tree}}") is None})
    if not missing:
        return
    try:
        bring(repository, remote, missing, token)
    except SourceError:
        for head in missing:  # one that is gone spoils the fetch of all
            _bring_if_there(repository, remote, head, token)


def _bring_if_there(repository: Repository, remote: str, head: str, token: str) -> None:
    """Fetch one commit, unless the server says that it does not give it away. Raises `SourceError` for any other no."""
    done = repository.attempt(*command(remote, [head]), env=login(remote, token))
    words = done.stderr.decode("utf-8", "replace")
    if done.returncode and not _GONE.search(words):
        raise SourceError(
            f"The earlier push {head[:12]} cannot be fetched: {one_line(words)[:300]}",
            why="What was approved on it cannot be told.",
            solution="Run it again.",
        )


def fetch_target(repository: Repository, remote: str, branch: str, token: str) -> None:
    """Bring the branch that changes merge into, as it is now."""
    bring(repository, remote, [_branch(branch)], token)


def fetch_records(repository: Repository, remote: str, token: str) -> None:
    """Make the local branch of records what the remote has: whatever was only here did not get there."""
    bring(repository, remote, ("+refs/heads/records*:refs/heads/records*", _RECORDS), token)


def _branch(name: str) -> str:
    return f"+refs/heads/{name}:{target(name)}"


def push_records(repository: Repository, remote: str, token: str) -> bool:
    """Push the local records; False when the remote has others by now. Never by force."""
    pushing = ("push", "--quiet", "--porcelain", "--", remote, "refs/heads/records:refs/heads/records")
    done = repository.attempt(*pushing, env=login(remote, token))
    # Who is faster during our push has us refused in words that differ from server to server: see where it is by now.
    if done.returncode and b"[rejected]" not in done.stdout + done.stderr and not _moved(repository, remote, token):
        words = done.stderr.decode("utf-8", "replace").strip()
        raise RecordError(
            f"The records were not taken: {words[:300]}",
            why="The remote refused the push.",
            solution="The account needs the right to push to the protected branch `records`.",
        )
    return done.returncode == 0


def _moved(repository: Repository, remote: str, token: str) -> bool:
    """Whether the remote has records that ours are not on top of. Raises `SourceError`."""
    tip = asked(repository, remote, token, "ls-remote", "--", remote, "refs/heads/records").decode().partition("\t")[0]
    known = repository.attempt("merge-base", "--is-ancestor", tip, "refs/heads/records") if tip else None
    return known is not None and known.returncode != 0


def bring(repository: Repository, remote: str, wanted: Iterable[str], token: str) -> None:
    """Fetch some refs or commits. Raises `SourceError` when the remote does not give them."""
    asked(repository, remote, token, *command(remote, wanted))


def asked(repository: Repository, remote: str, token: str, *words: str) -> bytes:
    """What git says after asking the remote. Raises `SourceError` when the remote does not answer."""
    try:
        return repository.run(*words, env=login(remote, token))
    except GitError as error:
        raise SourceError(error.message, why=error.why, solution=error.solution) from error


def command(remote: str, wanted: Iterable[str]) -> list[str]:
    # Nothing of the remote's choosing is followed: no tags, no submodules, and no programs for an odd address.
    options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
    return ["-c", "protocol.ext.allow=never", "fetch", *options, "--", remote, *wanted]


def login(remote: str, token: str) -> Mapping[str, str]:
    """The setting that logs in to the remote: in the environment of this one command, in no file and no address."""
    if not remote.startswith(("https://", "http://")):
        return {}
    secret = base64.b64encode(f"oauth2:{token}".encode()).decode()
    key, value = f"http.{remote}.extraHeader", f"Authorization: Basic {secret}"
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": key, "GIT_CONFIG_VALUE_0": value}
