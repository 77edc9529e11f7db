"""OPA as the engine: what only a server can do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.answering import answering

from catalog.engines import banned
from catalog.engines.opa import OpaEngine
from catalog.errors import EngineError, PolicyError

RULES = {"policies/a.rego": "package a\n\nx := input.v\n"}


def test_version(opa: Path) -> None:
    """The name that reports print is the pinned version."""
    with OpaEngine(RULES, {}, binary=opa) as engine:
        assert engine.name == "opa 1.22.2"


def test_proxy_and_netrc(opa: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy or a password file of the user's does not come between us and our server."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n", encoding="ascii")
    for name, value in {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "NETRC": str(tmp_path / "netrc")}.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    with OpaEngine(RULES, {}, binary=opa) as engine:
        assert engine.evaluate("data.a.x", {"v": 1}) == 1


def test_never_ends(opa: Path) -> None:
    """T12: a rule that takes for ever meets the deadline, and the server is stopped."""
    numbers = "numbers.range(1, 100000)"
    rules = {"a.rego": f"package a\n\nx := count([1 | some i in {numbers}; some j in {numbers}; i + j == 0])\n"}
    with OpaEngine(rules, {}, binary=opa, deadline=1) as engine:
        with pytest.raises(EngineError, match="did not answer within 1 s"):
            engine.evaluate("data.a.x", {})
        with pytest.raises(EngineError):
            engine.evaluate("data.a.x", {})


def test_server_is_killed(opa: Path) -> None:
    """T12: a server that ends between two questions is an error."""
    with OpaEngine(RULES, {}, binary=opa) as engine:
        engine.evaluate("data.a.x", {"v": 1})
        engine._server.close()
        with pytest.raises(EngineError, match="gave no answer"):
            engine.evaluate("data.a.x", {"v": 1})


def test_reaches_out(opa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T12: rules that reach the network do not compile, even when no text search finds them."""
    monkeypatch.setattr(banned, "refuse", lambda _: None)
    rules = {"policies/a.rego": 'package a\n\nx := http.send({"method": "get", "url": "http://127.0.0.1:9"})\n'}
    with (
        pytest.raises(PolicyError, match=r"^policies/a\.rego:3: undefined function http\.send\.$"),
        OpaEngine(rules, {}, binary=opa),
    ):
        pass


@pytest.fixture
def liar() -> Iterator[int]:
    """A server that answers everything with success."""

    with answering(lambda _: b'{"result": {} }') as url:
        yield int(url.rpartition(":")[2])


def test_another_server_answers(opa: Path, liar: int) -> None:
    """T12: an answer from a server that is not ours is an error."""
    engine = OpaEngine(RULES, {}, binary=opa)
    engine._server.wait()
    engine._server.port = liar
    with pytest.raises(EngineError, match="Another server answers"), engine:
        pass
