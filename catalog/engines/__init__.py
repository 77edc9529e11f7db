"""The Rego engines behind one interface: regorus in a child process, OPA as a server, or both against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

from catalog.engines.interface import Engine, Json

EngineKind = Literal["regorus", "opa", "both"]


def open_engine(
    kind: EngineKind, modules: Mapping[str, str], data: Mapping[str, Json], *, vetted: bool = False
) -> Engine:
    """Load Rego `modules` (source by path) and `data` into an engine; use it as a context manager.

    `vetted` rules were merged through the gate, which looked for banned constructs then; the embedded engine, where
    every moment counts, does not look again. OPA is held to its capabilities in any case.
    Loading goes on in the background while the caller gathers facts; entering the engine, or asking it, waits for it.
    Raises `PolicyError` for modules that do not compile or use a banned construct, `EngineError` when no engine starts.
    """
    if kind == "regorus":
        from catalog.engines.regorus import RegorusEngine

        return RegorusEngine(modules, data, vetted=vetted)
    if kind == "opa":
        from catalog.engines.opa import OpaEngine

        return OpaEngine(modules, data)
    if kind == "both":
        from catalog.engines.both import BothEngines

        embedded = open_engine("regorus", modules, data, vetted=vetted)
        try:
            return BothEngines([embedded, open_engine("opa", modules, data)])
        except BaseException:
            embedded.__exit__(None, None, None)
            raise
    assert_never(kind)
