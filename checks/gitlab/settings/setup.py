"""Everything that the checks of the settings look at, and how they call people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from checks.codeowners import Owner
from checks.gitlab.client import Client
from checks.gitlab.settings.place import Place
from checks.reports.safe import one_line


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """A project, the control project that judges it, and who may do what nobody else may."""

    project: Place
    control: Place
    owner: int
    bot: int
    """Forge ids."""
    people: Mapping[int, str]
    """The team's people by forge id."""
    owners: Sequence[Owner] | None
    """Whom CODEOWNERS names; None when none is kept."""
    today: date
    me: Client
    """Asks as whoever runs this."""
    as_bot: Client | None = None
    """Asks as the bot, where its token is at hand."""

    @property
    def trusted(self) -> frozenset[int]:
        """Whom the whole rests on."""
        return frozenset({self.owner, self.bot})

    @property
    def host(self) -> str:
        """The server."""
        return urlsplit(self.me.url).netloc

    def names(self, place: Place, accounts: Iterable[int]) -> str:
        """People as a sentence calls them; `nobody`."""
        members = {one.id: one.username for one in place.members()}
        found = sorted(self._name(account, members) for account in accounts)
        return one_line(", ".join(found)) or "nobody"

    def _name(self, account: int, members: Mapping[int, str]) -> str:
        if account == self.bot:
            return "the bot"
        return self.people.get(account) or (f"@{members[account]}" if account in members else f"account {account}")
