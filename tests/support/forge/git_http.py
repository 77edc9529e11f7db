"""Cloning, fetching and pushing over HTTP, as `git` does it: who may, and then real git.

What GitLab asks first: a token as the password of a basic login, a scope, a role, and for a protected branch the right
to push to it; a push that touches one without that right is refused as a whole, by a hook.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

from support.forge.answers import Answer
from support.forge.forge import Forge
from support.forge.model import Level, Token
from support.forge.project import Project

_PATH = re.compile(r"/(?P<project>.+)\.git/(?P<service>info/refs|git-upload-pack|git-receive-pack)")
_COMMAND = re.compile(rb"[0-9a-f]{40} [0-9a-f]{40} refs/heads/([^\0\n]+)")
_HOOK = """\
#!/bin/sh
while read old new ref; do
    case "$ref" in {refs})
        echo "GitLab: You are not allowed to push code to protected branches on this project."
        exit 1;;
    esac
done
"""


def concerns(path: str) -> bool:
    """Whether a call is git's, not the API's."""
    return _PATH.fullmatch(path) is not None


def answer(forge: Forge, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[Answer, Token | None]:
    """What git is answered, and with whose token it asked. `target` is the path with its query."""
    path, _, query = target.partition("?")
    named = _PATH.fullmatch(path)
    assert named, path
    pushing = "git-receive-pack" in (query + named["service"])
    token = _token(forge, headers.get("authorization", ""), pushing)
    if token is None:
        asked = {"WWW-Authenticate": 'Basic realm="GitLab"'}
        return Answer(401, b"HTTP Basic: Access denied", asked, "text/plain"), None
    project = forge.find_project(named["project"])
    level = forge.level(token.user, project) if project else 0
    if project is None or not level or (token.job and (pushing or token.project is not project)):
        return Answer(404, b"The project you were looking for could not be found.", {}, "text/plain"), token
    if level < (Level.DEVELOPER if pushing else Level.REPORTER):
        return Answer(403, b"You are not allowed to do this.", {}, "text/plain"), token
    return _git(forge, project, token, method, named["service"], query, headers, body), token


def _token(forge: Forge, authorization: str, pushing: bool) -> Token | None:
    try:
        login = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    token = forge.tokens.get(login.partition(":")[2])
    if token is None or token.revoked or (token.expires_at and token.expires_at <= forge.now.date()):
        return None
    good = {"api", "write_repository"} if pushing else {"api", "read_repository", "write_repository"}
    return token if token.job or good & set(token.scopes) else None


def _git(
    forge: Forge, project: Project, token: Token, method: str, service: str, query: str, headers: dict[str, str],
    body: bytes,
) -> Answer:  # fmt: skip
    barred = [
        name.decode() for name in _COMMAND.findall(body) if not forge.may_push(token.user, project, name.decode())
    ]
    with tempfile.TemporaryDirectory() as hooks:
        env = {
            **os.environ, "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": method, "QUERY_STRING": query,
            "PATH_TRANSLATED": f"{project.repository}/{service}", "REMOTE_USER": token.user.username,
            "CONTENT_TYPE": headers.get("content-type", ""), "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
        }  # fmt: skip
        if barred:
            refs = "|".join(shlex.quote(f"refs/heads/{name}") for name in barred)
            hook = Path(hooks, "pre-receive")
            hook.write_text(_HOOK.format(refs=refs))
            hook.chmod(0o755)
        settings = {"safe.directory": "*", "core.hooksPath": hooks, "http.receivepack": "true"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        done = subprocess.run(["git", *words, "http-backend"], input=body, env=env, capture_output=True, check=True)
    return _reply(done.stdout)


def _reply(said: bytes) -> Answer:
    head, _, body = said.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    headers.pop("Content-Length", None)
    return Answer(status, body, headers, headers.pop("Content-Type", "text/plain"))
