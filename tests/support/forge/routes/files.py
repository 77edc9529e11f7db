"""The files of a branch."""

from __future__ import annotations

import base64
import hashlib

from support.forge import git
from support.forge.answers import not_found
from support.forge.model import Json
from support.forge.routing import Request, route


@route("GET", "/projects/:id/repository/files/:file")
def file(request: Request) -> Json:
    """One file of a branch, tag or commit, with its content."""
    repository, path, ref = request.project.repository, request.named["file"], request.text("ref")
    commit = git.resolve(repository, ref)
    if commit is None:
        raise not_found("Commit")
    listed = git.run(repository, "ls-tree", commit, "--", path).split()
    if not listed or listed[1] != "blob":
        raise not_found("File")
    content = git.run(repository, "cat-file", "blob", listed[2]).encode()
    return {
        "file_name": path.rsplit("/", 1)[-1],
        "file_path": path,
        "size": len(content),
        "encoding": "base64",
        "content": base64.b64encode(content).decode(),
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "ref": ref,
        "blob_id": listed[2],
        "commit_id": commit,
        "last_commit_id": git.run(repository, "log", "-1", "--format=%H", commit, "--", path),
        "execute_filemode": listed[0] == "100755",
    }
