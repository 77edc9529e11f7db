"""OPA as the engine: the authority in CI. A server of our own, asked through opa-python-client."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.engines import banned, compilation, wire
from catalog.engines.interface import Json
from catalog.engines.provision import VERSION, opa_binary
from catalog.engines.server import OpaServer
from catalog.errors import EngineError, PolicyError

if TYPE_CHECKING:
    import requests
    from opa_client import OpaClient  # type: ignore[import-untyped]  # it ships none

DEADLINE = 60.0
"""Seconds of silence after which a question counts as unanswered."""

_STRICT = {"strict-builtin-errors": "true"}


class OpaEngine:
    """Rules loaded into an OPA server, as `Engine` describes."""

    name = f"opa {VERSION}"

    def __init__(
        self,
        modules: Mapping[str, str],
        data: Mapping[str, Json],
        *,
        binary: Path | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        """Start a server and the check of the rules beside it. `binary` is an OPA; by default one is provisioned.

        Raises `PolicyError` for no rules or a banned construct, `EngineError` when there is no OPA to be had.
        """
        if not modules:
            raise PolicyError("There are no rules to load.")
        banned.refuse(modules)
        text = wire.encode(data, "data")
        opa = binary or opa_binary()
        self._paths = list(modules)
        self._deadline = deadline
        self._server = OpaServer(opa, modules, text)
        self._check = compilation.Check(opa, modules)
        self._client: OpaClient | None = None

    def evaluate(self, query: str, facts: Mapping[str, Json]) -> Json:
        """Answer a query, as `Engine` describes. Raises `PolicyError` when the rules do not compile."""
        path = wire.check_query(query).removeprefix("data.")
        wire.encode(facts, "facts")
        answer = self._ask(self._ready(), path, facts)
        if "result" not in answer:
            wire.undefined(query)
        return wire.check_answer(answer["result"], query)

    def close(self) -> None:
        """Stop the server."""
        if self._client is not None:
            self._client.close_connection()
            self._client = None
        self._check.close()
        self._server.close()

    def __enter__(self) -> OpaEngine:
        self._ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ready(self) -> OpaClient:
        if self._client is None:
            try:
                self._check.finish()
                self._server.wait()
                self._client = self._connect()
            except BaseException:
                self.close()
                raise
        return self._client

    def _connect(self) -> OpaClient:
        from opa_client import OpaClient

        client = OpaClient(
            host="127.0.0.1", port=self._server.port, token=self._server.token, timeout=self._deadline, retries=0
        )
        # Neither a proxy nor a password file of the user's has a say in a talk with ourselves.
        client._session.trust_env = False
        if self._ask(client, "system.authz.nonce", {}).get("result") != self._server.nonce:
            raise EngineError(f"Another server answers on port {self._server.port}, where OPA was started.")
        return client

    def _ask(self, client: OpaClient, path: str, facts: Mapping[str, Json]) -> dict[str, Json]:
        import requests

        try:
            answer = client.query_rule(dict(facts), path, query_params=_STRICT)
        except requests.HTTPError as error:
            said = self._said(error.response)
            raise EngineError(f"{self.name}: {said}", why="The rules failed on these facts.") from error
        except requests.Timeout as error:
            self.close()
            raise EngineError(
                f"{self.name} did not answer within {self._deadline:g} s.",
                why="A rule takes too long for what it was given.",
                solution="Look for a rule that compares everything with everything.",
            ) from error
        except (requests.RequestException, ValueError) as error:
            why = self._server.complaint() or wire.first_line(error)
            raise EngineError(f"{self.name} gave no answer.", why=why) from error
        if not isinstance(answer, dict):
            raise EngineError(f"{self.name} gave an answer that is none.", why=f"Got {type(answer).__name__}.")
        return answer

    def _said(self, response: requests.Response) -> str:
        """OPA's own words about a failure: its first error rather than the sentence around it."""
        try:
            body = response.json()
            return compilation.in_words((body.get("errors") or [body])[0], self._paths)
        except (ValueError, LookupError, AttributeError, TypeError):
            return f"HTTP {response.status_code}"
