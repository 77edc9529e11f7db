"""Protected branches: who may push and merge there, all rules taken together, and the calls that leave only who must.

Of several rules that cover a branch GitLab heeds the most permissive, so that one `*` can undo a strict rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from checks.gitlab.settings.facts import ADMIN, DEVELOPER, MAINTAINER, Access, Protection
from checks.gitlab.settings.item import Call, Item, Json, fine, gap
from checks.gitlab.settings.place import Place
from checks.gitlab.settings.setup import Setup
from checks.reports.safe import one_line

LOCK = "countersign/merging"
RECORDS = "records"
_NOBODY = ("access_level", 0)
_MAINTAINERS = ("access_level", MAINTAINER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """Who at most may push to a branch and merge into it, and what the bot must be able to do there."""

    branch: str
    push: frozenset[int]
    merge: frozenset[int]
    bot_pushes: bool = False
    bot_merges: bool = False


def target(setup: Setup) -> Item:
    """Nobody pushes to the target branch, and nobody but the bot and the owner merges into it."""
    guard = Guard(branch=setup.project.branch, push=frozenset(), merge=setup.trusted, bot_merges=True)
    return _guarded(setup, setup.project, guard, "What is merged or pushed by hand was judged by nobody.")


def records(setup: Setup) -> Item:
    """Only the bot writes records, and nobody rewrites them."""
    return _guarded(setup, setup.project, _written_by_bot(setup, RECORDS), "Records can be forged, or taken back.")


def lock(setup: Setup) -> Item:
    """Only the bot holds the lock of merging."""
    meaning = "Whoever can take or free the lock can stop merging, or let two merges run at once."
    return _guarded(setup, setup.project, _written_by_bot(setup, LOCK), meaning)


def judge(setup: Setup) -> Item:
    """Nobody but the owner and the bot changes what judges."""
    guard = Guard(branch=setup.control.branch, push=setup.trusted, merge=setup.trusted)
    return _guarded(setup, setup.control, guard, "Whoever changes this branch decides what passes, and has the keys.")


def judges_others(setup: Setup) -> Item:
    """Nobody but the owner and the bot gets the keys by another branch or a tag: each runs a CI file of its own."""
    control = setup.control
    entries = [(f"`{one_line(one.name)}`", (*one.push, *one.merge)) for one in control.protections()
               if not one.covers(control.branch)]  # fmt: skip
    entries += [(f"the tag `{one_line(one.name)}`", one.create) for one in control.protected_tags()]
    found = [
        f"{more.words(setup, control)} may change {name}"
        for name, access in entries
        if (more := Passing.of(control, access).beyond(setup.trusted))
    ]
    if not found:
        return fine("no other protected branch or tag is anybody else's")
    meaning = "A pipeline of a protected branch or tag has the protected variables: the token and the keys."
    return gap("; ".join(found), meaning, "Narrow or remove it in the control project's Settings > Repository.")


def _written_by_bot(setup: Setup, branch: str) -> Guard:
    # Without a licence a level can be named and a person cannot, and the owner has the bot's level.
    writers = frozenset({setup.bot}) if setup.project.licensed() else setup.trusted
    return Guard(branch=branch, push=writers, merge=writers, bot_pushes=True)


def _guarded(setup: Setup, place: Place, guard: Guard, meaning: str) -> Item:
    covering = [one for one in place.protections() if one.covers(guard.branch)]
    if not covering:
        solution = f"Protect `{guard.branch}`: Settings > Repository > Protected branches."
        found = f"nothing protects `{guard.branch}`"
        return gap(found, meaning, solution, *_fix(setup, place, guard, None))
    pushing = Passing.of(place, (entry for one in covering for entry in one.push))
    merging = Passing.of(place, (entry for one in covering for entry in (*one.push, *one.merge)))
    problems = list(_problems(setup, place, guard, covering, pushing, merging))
    if not problems:
        push, merge = pushing.words(setup, place), merging.words(setup, place)
        # GitLab itself merges for whoever may merge and asks for it: that is seen here, whatever else is in order.
        also = " (also by auto-merge)" if guard.bot_merges and merging.people - {setup.bot} else ""
        return fine(f"`{guard.branch}`: {push} may push, {merge} may merge{also}, no force")
    return _open(setup, place, guard, covering, problems, meaning)


def _problems(
    setup: Setup, place: Place, guard: Guard, covering: list[Protection], pushing: Passing, merging: Passing
) -> Iterator[str]:
    for doing, passing, allowed in (("push to", pushing, guard.push), ("merge into", merging, guard.merge)):
        if more := passing.beyond(allowed):
            yield f"{more.words(setup, place)} may {doing} `{guard.branch}`"
    if guard.bot_pushes and setup.bot not in pushing.people:
        yield f"the bot may not push to `{guard.branch}`"
    if guard.bot_merges and setup.bot not in merging.people:
        yield f"the bot may not merge into `{guard.branch}`"
    if any(one.force for one in covering):
        yield f"`{guard.branch}` may be rewritten by force"


def _open(
    setup: Setup, place: Place, guard: Guard, covering: list[Protection], problems: list[str], meaning: str
) -> Item:
    own = next((one for one in covering if one.name == guard.branch and not one.inherited), None)
    others = [one_line(one.name) for one in covering if one is not own and _too_wide(place, guard, one)]
    # Another rule may guard other branches, too: to narrow it is for a person.
    fix = () if others else _fix(setup, place, guard, own)
    if others:
        listed = " and ".join(f"`{name}`" for name in others)
        solution = f"Of several rules the most permissive counts: narrow or remove {listed} in Protected branches."
    elif fix:
        solution = "Set it in Settings > Repository > Protected branches, or by `--apply`."
    else:
        solution = "The rule is right, and the wrong people have the role: see who is a Maintainer."
    return gap("; ".join(problems), meaning, solution, *fix)


def _too_wide(place: Place, guard: Guard, one: Protection) -> bool:
    pushing, merging = Passing.of(place, one.push), Passing.of(place, (*one.push, *one.merge))
    return bool(one.force or pushing.beyond(guard.push) or merging.beyond(guard.merge))


@dataclass(frozen=True, kw_only=True, slots=True)
class Passing:
    """Who passes: members by id, and what else could, in words."""

    people: frozenset[int]
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, place: Place, entries: Iterable[Access]) -> Passing:
        """All whom any of these entries lets through."""
        level = {one.id: one.level for one in place.members() if one.level >= DEVELOPER}
        people: set[int] = set()
        others: list[str] = []
        for entry in entries:
            kind, number = entry.who
            if kind == "user_id":
                people |= level.keys() & {number}  # who is named and no member passes nothing
            elif kind == "access_level" and number < ADMIN:
                people |= {account for account, has in level.items() if number and has >= number}
            else:
                others.append(_KINDS[kind].format(number))
        return cls(people=frozenset(people), others=tuple(dict.fromkeys(others)))

    def beyond(self, allowed: frozenset[int]) -> Passing | None:
        """Those who should not; None when there are none."""
        more = Passing(people=self.people - allowed, others=self.others)
        return more if more.people or more.others else None

    def words(self, setup: Setup, place: Place) -> str:
        """All of them, by name."""
        named = [setup.names(place, self.people)] if self.people else []
        return ", ".join([*named, *self.others]) or "nobody"


_KINDS = {
    "deploy_key_id": "deploy key {}",
    "group_id": "group {}",
    "access_level": "every administrator of the server",
}


def _fix(setup: Setup, place: Place, guard: Guard, own: Protection | None) -> tuple[Call, ...]:
    """The calls that make the branch's own rule right; none when it is."""
    licensed = place.licensed()
    here = {one.id for one in place.members()}
    # Who may push may merge as well.
    push, merge = _wanted(guard.push & here, licensed), _wanted((guard.merge - guard.push) & here, licensed)
    many, one = place.address("/protected_branches"), place.address(f"/protected_branches/{quote(guard.branch, '')}")
    if own is None:
        return (Call(method="POST", path=many, body=_made(guard.branch, push, merge, licensed)),)
    if licensed:
        push, merge = _kept(setup, place, guard, own)
    elif not guard.bot_pushes and not Passing.of(place, own.push).people:
        push = frozenset({_NOBODY})  # nobody may push as it is, and nobody has to
    if not own.force and _entries(own.push) == push and _entries(own.merge) == merge:
        return ()
    if licensed:
        edits = {"allowed_to_push": _edits(own.push, push), "allowed_to_merge": _edits(own.merge, merge)}
        return (Call(method="PATCH", path=one, body={"allow_force_push": False, **edits}),)
    # Without a licence, who passes can only be said when a rule is made.
    made = Call(method="POST", path=many, body=_made(guard.branch, push, merge, licensed))
    again = Call(method="POST", path=many, body=_as_it_was(own))
    return (Call(method="DELETE", path=one, undo=again), made)


def _kept(setup: Setup, place: Place, guard: Guard, own: Protection) -> tuple[Entries, Entries]:
    """The entries of a rule that let nobody through who should not pass, and the bot where it has to."""
    push = tuple(entry for entry in own.push if not Passing.of(place, (entry,)).beyond(guard.push))
    merge = tuple(entry for entry in own.merge if not Passing.of(place, (entry,)).beyond(guard.merge))
    bot = frozenset({("user_id", setup.bot)})
    pushes = bot if guard.bot_pushes and setup.bot not in Passing.of(place, push).people else frozenset()
    passes = Passing.of(place, (*push, *merge)).people | {number for _, number in pushes}
    merges = bot if guard.bot_merges and setup.bot not in passes else frozenset()
    nobody = frozenset({_NOBODY})
    return (_entries(push) | pushes) or nobody, (_entries(merge) | merges) or nobody


def _as_it_was(own: Protection) -> dict[str, Json]:
    levels = {f"{action}_access_level": _level(given) for action, given in (("push", own.push), ("merge", own.merge))}
    return {"name": own.name, "allow_force_push": own.force, **levels}


def _level(entries: tuple[Access, ...]) -> int:
    return next((entry.level for entry in entries if entry.level is not None), 0)


Entries = frozenset[tuple[str, int]]


def _wanted(people: frozenset[int], licensed: bool) -> Entries:
    if not people:
        return frozenset({_NOBODY})
    return frozenset(("user_id", person) for person in people) if licensed else frozenset({_MAINTAINERS})


def _entries(entries: Iterable[Access]) -> Entries:
    return frozenset(entry.who for entry in entries)


def _made(branch: str, push: Entries, merge: Entries, licensed: bool) -> dict[str, Json]:
    body: dict[str, Json] = {"name": branch, "allow_force_push": False}
    for action, wanted in (("push", push), ("merge", merge)):
        if licensed:
            body[f"allowed_to_{action}"] = [{kind: number} for kind, number in sorted(wanted)]
        else:
            body[f"{action}_access_level"] = next(iter(wanted))[1]
    return body


def _edits(entries: tuple[Access, ...], wanted: Entries) -> list[Json]:
    gone: list[Json] = [{"id": entry.id, "_destroy": True} for entry in entries if entry.who not in wanted]
    return gone + [{kind: number} for kind, number in sorted(wanted - _entries(entries))]
