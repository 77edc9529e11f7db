"""Who may push and merge: all rules that cover a branch together, and the calls that leave only who must."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.forge import Level
from support.forge.project import Access, ProtectedBranch
from support.office import Office

from catalog.errors import SourceError
from checks.gitlab.settings.branches import target
from checks.gitlab.settings.checks import apply, run
from checks.gitlab.settings.facts import Access as Entry
from checks.gitlab.settings.item import State
from checks.gitlab.settings.switches import METHOD

Break = Callable[[Office], object]


def rule(office: Office, name: str) -> ProtectedBranch:
    """The project's protection of this name."""
    return next(one for one in office.project.protected_branches if one.name == name)


def gone(name: str) -> Break:
    """Takes a protection away."""
    return lambda office: office.project.protected_branches.remove(rule(office, name))


def forced(name: str) -> Break:
    """Lets a branch be rewritten."""
    return lambda office: setattr(rule(office, name), "allow_force_push", True)


def admits(name: str, action: str, **who: int) -> Break:
    """Lets somebody more push or merge."""
    return lambda office: getattr(rule(office, name), action).append(Access(77, **who))


def only_ana(office: Office) -> None:
    """The bot is no Maintainer any more."""
    office.forge.member(office.project, office.bot, Level.DEVELOPER)


BRANCHES = {"project.branch": "main", "project.records": "records", "project.lock": "countersign/merging"}
FREE: list[tuple[str, Break, str]] = [
    *((item, gone(name), f"nothing protects `{name}`") for item, name in BRANCHES.items()),
    *((item, forced(name), f"`{name}` may be rewritten by force") for item, name in BRANCHES.items()),
    *((item, admits(name, "push", access_level=30), f"dana, finn may push to `{name}`")
      for item, name in BRANCHES.items() if name != "main"),
    ("project.branch", admits("main", "push", access_level=40), "ana, the bot may push to `main`"),
    ("project.branch", admits("main", "push", access_level=60), "every administrator of the server may push to `main`"),
    ("project.branch", admits("main", "merge", access_level=30), "dana, finn may merge into `main`"),
    ("project.branch", only_ana, "the bot may not merge into `main`"),
    ("project.records", only_ana, "the bot may not push to `records`"),
    ("project.lock", only_ana, "the bot may not push to `countersign/merging`"),
]  # fmt: skip
PREMIUM: list[tuple[str, Break, str]] = [
    ("project.branch", admits("main", "merge", user_id=103), "finn may merge into `main`"),
    ("project.branch", admits("main", "push", user_id=103), "finn may push to `main`"),
    ("project.branch", admits("main", "merge", group_id=12), "group 12 may merge into `main`"),
    ("project.records", admits("records", "push", user_id=101), "ana may push to `records`"),
    ("project.records", admits("records", "push", access_level=40), "ana may push to `records`"),
    ("project.lock", admits("countersign/merging", "push", access_level=30), "ana, dana, finn may push"),
]


@pytest.mark.parametrize(("name", "break_it", "words"), FREE)
def test_what_is_open_on_free(name: str, break_it: Break, words: str, office: Office) -> None:
    """T14: whoever passes and should not, or does not and should, is named, with what it means and what to do."""
    break_it(office)
    item = office.items()[name]
    assert (item.state, words in item.found) == (State.OPEN, True), item
    assert item.meaning
    assert item.solution


@pytest.mark.parametrize(("name", "break_it", "words"), PREMIUM)
def test_what_is_open_on_premium(name: str, break_it: Break, words: str, premium: Office) -> None:
    """T14: with a licence single people and groups pass as well, and the owner writes no records."""
    break_it(premium)
    item = premium.items()[name]
    assert (item.state, words in item.found) == (State.OPEN, True), item
    assert apply(premium.setup(), item) == ""
    assert premium.items()[name].state is State.OK


def test_the_most_permissive_rule_counts(office: Office) -> None:
    """T14: a pattern that covers the branch undoes the strict rule, is named, and is not taken away unasked."""
    office.forge.protect(office.project, "ma*", push=30, merge=30)
    item = office.items()["project.branch"]
    assert "ana, dana, finn, the bot may push to `main`" in item.found
    assert "narrow or remove `ma*`" in item.solution
    assert item.fix == ()


def test_other_rules_do_not_matter(office: Office) -> None:
    """A rule that does not cover the branch says nothing of it."""
    office.forge.protect(office.project, "release/*", push=30, merge=30)
    office.forge.protect(office.project, "mai?", push=30, merge=30)
    assert office.items()["project.branch"].state is State.OK


def test_the_right_rule_with_the_wrong_people(office: Office) -> None:
    """A second Maintainer makes the right rule too wide: making the rule again would not help, and is not proposed."""
    office.forge.member(office.project, office.finn, Level.MAINTAINER)
    item = office.items()["project.branch"]
    assert "finn may merge into `main`" in item.found
    assert "who is a Maintainer" in item.solution
    assert item.fix == ()


def test_a_rule_of_the_group_is_not_ours_to_set(premium: Office) -> None:
    """What is inherited cannot be changed in the project."""
    setup = premium.setup()
    levels = [{"id": 1, "access_level": 30}]
    made = {"name": "main", "push_access_levels": levels, "merge_access_levels": [], "allow_force_push": False}
    setup.project._answers["/protected_branches"] = [{**made, "inherited": True}]
    item = target(setup)
    assert (item.state, item.fix) == (State.OPEN, ())
    assert "narrow or remove `main`" in item.solution


def test_a_stricter_pattern_is_no_obstacle(office: Office) -> None:
    """A pattern that lets nobody more through stays, and the branch's own rule is made right beside it."""
    office.forge.protect(office.project, "main", push=40, merge=40)
    office.forge.protect(office.project, "m*", push=0, merge=0)
    assert apply(office.setup(), office.items()["project.branch"]) == ""
    assert office.items()["project.branch"].state is State.OK


def test_a_deploy_key_is_no_maintainer() -> None:
    """GitLab shows a deploy key's entry with the level of Maintainers, which it does not mean."""
    assert Entry(id=1, level=40, user=None, group=None, key=7).who == ("deploy_key_id", 7)
    assert Entry(id=1, level=None, user=None, group=None, key=None).who == ("access_level", 0)


def test_anybody_who_can_change_what_judges_is_named(office: Office) -> None:
    """T01: in the control project a Developer who may merge is open, by name."""
    office.forge.member(office.control, office.dana, Level.DEVELOPER)
    office.forge.protect(office.control, "main", push=40, merge=30)
    item = office.items()["control.branch"]
    assert "dana may merge into `main`" in item.found
    assert apply(office.setup(), item) == ""
    assert office.items()["control.branch"].state is State.OK


def test_the_branch_is_the_projects_own(office: Office) -> None:
    """Whatever the default branch is called, that is the one that is looked at."""
    office.project.settings["default_branch"] = "trunk"
    assert "nothing protects `trunk`" in office.items()["project.branch"].found


def test_a_hostile_name_moves_no_cursor(office: Office) -> None:
    """T15: a pattern's name is printed on one line without escapes."""
    office.forge.protect(office.project, "*\x1b[2J\n", push=30)
    office.project.protected_branches[-1].name = "*\x1b[2J"
    office.project.settings["default_branch"] = "x\x1b[2J"
    assert "\x1b" not in office.items()["project.branch"].solution


def test_a_switch_names_its_place() -> None:
    """Each names the page of GitLab where a person sets it."""
    assert METHOD.where == "Settings > Merge requests"


def test_auto_merge_is_the_owner_s_way_round_the_judge() -> None:
    """T14: where the owner may merge, doctor says that GitLab would do it for them; where only the bot may, not."""
    with Office.begin("premium") as office:
        assert "may merge (also by auto-merge), no force" in office.items()["project.branch"].found
        office.forge.protect(office.project, "main", push=0, mergers=[office.bot])
        item = office.items()["project.branch"]
        assert (item.state, "auto-merge" in item.found) == (State.OK, False)


def test_another_protected_branch_of_the_judge_has_its_keys(office: Office) -> None:
    """T14: a Developer who may push to any protected branch there runs a CI file of their own, with token and keys."""
    office.forge.member(office.control, office.dana, Level.DEVELOPER)
    office.forge.protect(office.control, "release-*", push=30, merge=30)
    item = office.items()["control.branches"]
    assert (item.state, "dana" in item.found, "`release-*`" in item.found) == (State.OPEN, True, True)


def test_a_protected_tag_of_the_judge_has_its_keys(office: Office) -> None:
    """T14: so does whoever may make a protected tag there, on a commit of their own."""
    office.forge.member(office.control, office.dana, Level.DEVELOPER)
    office.forge.protect_tag(office.control, "v*", 40)
    assert office.items()["control.branches"].state is State.OK
    office.forge.protect_tag(office.control, "release-*", 30)
    item = office.items()["control.branches"]
    assert (item.state, "dana may change the tag `release-*`" in item.found) == (State.OPEN, True), item.found


def test_a_rule_that_cannot_be_made_anew_is_brought_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: without a licence a rule is deleted and made anew; when GitLab fails in between, the old one is there."""
    office.forge.protect(office.project, "main", push=0, merge=40, force=True)
    setup = office.setup()
    item = next(one for one in run(setup) if one.name == "project.branch")
    asked, failed = setup.me.ask, list[str]()

    def ask(method: str, *given: Any, **options: Any) -> Any:
        if method == "POST" and not failed:
            failed.append(method)
            raise SourceError("GitLab cannot be asked now.", status=500)
        return asked(method, *given, **options)

    monkeypatch.setattr(setup.me, "ask", ask)
    assert "It is as it was before." in apply(setup, item)
    found = rule(office, "main")
    assert (found.allow_force_push, [one.access_level for one in found.merge]) == (True, [40])


def test_apply_only_narrows(premium: Office) -> None:
    """A rule that is stricter than it need be stays so: only what is open is closed."""
    premium.forge.member(premium.control, premium.bot, Level.DEVELOPER)
    premium.forge.protect(premium.control, "main", push=0, mergers=[premium.ana], force=True)
    setup = premium.setup()
    item = next(one for one in run(setup) if one.name == "control.branch")
    assert apply(setup, item) == ""
    found = next(one for one in premium.control.protected_branches if one.name == "main")
    assert (found.allow_force_push, [one.user_id for one in found.merge]) == (False, [premium.ana.id])
    assert {one.access_level for one in found.push if one.user_id is None} == {0}
