"""Who is in: Maintainers, seats, and the owners whom CODEOWNERS names."""

from __future__ import annotations

from checks.codeowners import unusable
from checks.gitlab.facts import Answer
from checks.gitlab.settings.facts import DEVELOPER, MAINTAINER
from checks.gitlab.settings.item import Item, fine, gap, note
from checks.gitlab.settings.place import Place
from checks.gitlab.settings.setup import Setup
from checks.reports.safe import one_line

SEATS = 5
"""People in a private group on GitLab.com without a licence."""


def tier(setup: Setup) -> Item:
    """Which GitLab this is."""
    name = "Premium" if setup.project.licensed() else "Free"
    about = Answer("GitLab", setup.project.metadata())
    edition = "Enterprise" if about.known("enterprise") else "Community"
    return fine(f"{name}, {edition} Edition {one_line(about.text('version'))}")


def maintainers(setup: Setup) -> Item:
    """In the project, nobody but the owner and the bot is a Maintainer."""
    return _maintainers(setup, setup.project, "A Maintainer can lift every protection, and on Free also merge by hand.")


def control_maintainers(setup: Setup) -> Item:
    """In the control project, nobody but the owner and the bot is a Maintainer."""
    return _maintainers(setup, setup.control, "A Maintainer can read the keys, and change what judges.")


def _maintainers(setup: Setup, place: Place, meaning: str) -> Item:
    level = {one.id: one.level for one in place.members() if one.level >= MAINTAINER}
    if more := level.keys() - setup.trusted:
        solution = "Make them Developers under Manage > Members, also where a group brings them in."
        return gap(f"{setup.names(place, more)}: Maintainer or Owner", meaning, solution)
    if setup.owner not in level:
        return gap(
            f"{setup.people.get(setup.owner, 'the owner')} is no Maintainer", "The owner cannot look after it.",
            "Invite them as Owner under Manage > Members.",
        )  # fmt: skip
    return fine(f"{setup.names(place, level)}, and nobody else")


def bot(setup: Setup) -> Item:
    """The bot may do its work: on Free the right to merge is a Maintainer's, on Premium it can be the bot's own."""
    level = next((one.level for one in setup.project.members() if one.id == setup.bot), 0)
    if level >= (DEVELOPER if setup.project.licensed() else MAINTAINER):
        return fine(f"account {setup.bot} is a member with access level {level}")
    found = f"access level {level}" if level else "no member of the project"
    return gap(
        f"account {setup.bot}: {found}", "The gate can neither merge nor write records.",
        "Make it a Maintainer under Manage > Members.",
    )  # fmt: skip


def seats(setup: Setup) -> Item:
    """A private group on GitLab.com Free holds five people."""
    people = [one for one in setup.project.members() if not one.token]
    found = f"{len(people)} {'person' if len(people) == 1 else 'people'}, the bot's account counted"
    private = setup.project.project().text("visibility") == "private"
    if setup.host != "gitlab.com" or setup.project.licensed() or not private:
        return fine(f"{found}; no limit here")
    if len(people) > SEATS:
        meaning = f"A private group on GitLab.com Free holds {SEATS}; beyond that it becomes read-only."
        return gap(f"{found} of {SEATS}", meaning, "Remove somebody, make the group public, or take Premium.")
    return fine(f"{found} of {SEATS}")


def owners(setup: Setup) -> Item:
    """Everybody whom CODEOWNERS names may approve."""
    if setup.owners is None:
        return note("no CODEOWNERS is kept", "GitLab asks nobody by path; the gate does.")
    found = unusable(setup.owners, setup.project.raw_members())
    if found:
        meaning = "GitLab ignores an owner who cannot approve, and takes a path that is left without one for approved."
        return gap(" ".join(found), meaning, "Invite them as Developers, or mend team/people.yaml.")
    return fine(f"all {len(setup.owners)} whom CODEOWNERS names may approve")
