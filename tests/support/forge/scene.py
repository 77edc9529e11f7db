"""A small project on a forge, to try things on: Dana asks for a merge, Finn approves, Ana owns, Eve is a stranger."""

from __future__ import annotations

import atexit
import contextlib
import functools
import http.client
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from support.forge import Forge, Level, MergeRequest, Project, User
from support.forge.model import Json


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Json:
        """The JSON of it."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Api:
    """A client that adds nothing and hides nothing."""

    url: str
    headers: dict[str, str]

    def call(self, method: str, path: str, body: Json = None, *, timeout: float = 10, **query: Json) -> Reply:
        """Call once, on a connection of its own."""
        target = f"{path}{'?' if query else ''}{urlencode(query)}"
        return self._send(method, target, None if body is None else json.dumps(body), "application/json", timeout)

    def form(self, method: str, path: str, **fields: str) -> Reply:
        """Call as a form does."""
        return self._send(method, path, urlencode(fields), "application/x-www-form-urlencoded", 10)

    def get(self, path: str, **query: Json) -> Reply:
        """Read."""
        return self.call("GET", path, **query)

    def post(self, path: str, **body: Json) -> Reply:
        """Make."""
        return self.call("POST", path, body)

    def put(self, path: str, **body: Json) -> Reply:
        """Change."""
        return self.call("PUT", path, body)

    def _send(self, method: str, target: str, body: str | None, kind: str, timeout: float) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, f"/api/v4{target}", body, {**self.headers, "Content-Type": kind})
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, headers, answer.read().decode())


class Scene:
    """A forge that answers, a project on it, a desk to push from; the branch `shorter` is pushed."""

    def __init__(self, folder: Path, forge: Forge, url: str) -> None:
        self.forge = forge
        self.url = url
        self.desk = folder / "desk"
        shutil.copytree(_template(), folder, dirs_exist_ok=True)
        self.dana, self.finn, self.ana, self.eve = (forge.user(name) for name in ("dana", "finn", "ana", "eve"))
        self.project: Project = forge.project("acme/flows", folder / "remote.git")
        for user, level in ((self.dana, Level.DEVELOPER), (self.finn, Level.DEVELOPER), (self.ana, Level.OWNER)):
            forge.member(self.project, user, level)

    @classmethod
    @contextlib.contextmanager
    def begin(cls, folder: Path, forge: Forge | None = None) -> Iterator[Scene]:
        """Serve a forge, with the project on it."""
        chosen = forge or Forge()
        with chosen.serve() as url:
            yield cls(folder, chosen, url)

    @property
    def base(self) -> str:
        """The path of the project."""
        return f"/projects/{self.project.id}"

    def path(self, mr: MergeRequest, *more: object) -> str:
        """The path of a merge request."""
        return "/".join([f"{self.base}/merge_requests/{mr.iid}", *map(str, more)])

    def git(self, *args: str) -> str:
        """Run git at the desk, as Dana."""
        return _git(self.desk, *args)

    def push(self, branch: str, text: str, *, file: str = "reply.prompt", force: bool = False) -> str:
        """Write a file, commit it to a branch and push that; returns the commit."""
        sha = self.commit(branch, text, file=file)
        self.git("push", "--quiet", *(["--force"] if force else []), "origin", branch)
        return sha

    def commit(self, branch: str, text: str, *, file: str = "reply.prompt") -> str:
        """Write a file and commit it to a branch, which starts from main; returns the commit."""
        return _commit(self.desk, branch, text, file)

    def open(self, branch: str = "shorter", *, file: str = "reply.prompt", **options: Json) -> MergeRequest:
        """Dana pushes a branch, if it is not there yet, and asks for its merge into main."""
        if branch != "shorter":
            self.push(branch, f"Change of {branch}", file=file)
        return self.forge.open(self.project, branch, "main", self.dana, title=f"Change of {branch}", **options)

    def api(self, user: User, *scopes: str) -> Api:
        """A client with a token of this user."""
        return self.api_with(**{"PRIVATE-TOKEN": self.forge.token(user, scopes or ("api",))})

    def api_with(self, **headers: str) -> Api:
        """A client that sends these headers."""
        return Api(self.url, headers)


@functools.cache
def _template() -> Path:
    """The desk and the remote as every scene begins; the desk names its remote by a relative path."""
    folder = Path(tempfile.mkdtemp(prefix="scene-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for words in (("--bare", "remote.git"), ("desk",)):
        _git(folder, "init", "--quiet", "--template=", "--initial-branch=main", *words)
    desk = folder / "desk"
    _git(desk, "remote", "add", "origin", "../remote.git")
    for branch, text in (("main", "Begin"), ("main", "Go on"), ("shorter", "Change of shorter")):
        _commit(desk, branch, text, "reply.prompt")
    _git(desk, "push", "--quiet", "origin", "main", "shorter")
    for repository in (desk, folder / "remote.git"):
        _git(repository, "gc", "--quiet")  # few files copy sooner than many
    return folder


def _commit(desk: Path, branch: str, text: str, file: str) -> str:
    if _git(desk, "branch", "--show-current") != branch:
        known = _git(desk, "branch", "--list", branch)
        _git(desk, "switch", "--quiet", *([branch] if known else ["-c", branch, "main"]))
    (desk / file).write_text(f"{text}\n")
    _git(desk, "add", "--all")
    _git(desk, "commit", "--quiet", "-m", text)
    return _git(desk, "rev-parse", "HEAD")


def _git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=Dana", "-c", "user.email=dana@example.org")
    return subprocess.run(["git", *who, *args], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
