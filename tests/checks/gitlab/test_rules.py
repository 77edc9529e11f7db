"""GitLab's approval rules ask whom the verdict asks: ours alone are touched, and never twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.company import Said
from support.desk import PROMPT, Desk
from support.forge import Fault, Forge, MergeRequest
from support.forge.model import Rule
from support.forge_desk import BOT, ForgeDesk

from checks.gitlab.rules import PREFIX

COUNTERSIGN = f"{PREFIX}billing-replies, approver.countersign, finn"
OWNER = f"{PREFIX}the repository, control.owner, ana"


@pytest.fixture
def there(desk: Desk) -> Iterator[ForgeDesk]:
    """The sample company on GitLab Premium."""
    with ForgeDesk.begin(desk, Forge(tier="premium")) as found:
        yield found


def asked(there: ForgeDesk) -> MergeRequest:
    """A merge request that waits for finn."""
    there.desk.replace(PROMPT, "at most 120", "at most 90")
    there.desk.commit("Shorter replies")
    return there.open("shorter")


def sync(there: ForgeDesk, request: MergeRequest) -> Said:
    """Run the command with the bot's token."""
    there.forge.reset_calls()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COUNTERSIGN_GITLAB_TOKEN", there.forge.token(there.users[BOT]))
        where = ("--project", there.project.path, "--url", there.url, "--engine", "regorus")
        said = there.desk.run("gitlab", "sync-rules", str(request.iid), *where)
    assert "Traceback" not in said.output
    assert there.forge.unknown == []
    return said


def rules(request: MergeRequest) -> dict[str, list[int]]:
    """Who may give each approval, by the rule's name."""
    return {rule.name: [user.id for user in rule.users] for rule in request.rules or []}


def writes(there: ForgeDesk) -> list[str]:
    """What was changed since the last run, by method."""
    return [call.method for call in there.forge.calls if call.method != "GET"]


def test_the_people_named_are_asked(there: ForgeDesk) -> None:
    """Whom the verdict names is asked by forge id, nobody is told, and a second run changes nothing."""
    request = asked(there)
    said = sync(there, request)
    assert (said.exit_code, said.output) == (0, f"added: {COUNTERSIGN}\n")
    assert rules(request) == {COUNTERSIGN: [103]}
    assert [note for note in request.notes if not note.system] == []
    said = sync(there, request)
    assert (said.exit_code, said.output, writes(there)) == (0, "Nothing to change.\n", [])


def test_each_missing_approval_has_a_rule(there: ForgeDesk) -> None:
    """Paths outside workflows ask the owner beside the approver."""
    there.desk.write("docs/replies.md", "Why they are shorter.\n")
    request = asked(there)
    assert sync(there, request).exit_code == 0
    assert rules(request) == {COUNTERSIGN: [103], OWNER: [101]}


def test_what_is_no_longer_asked_goes(there: ForgeDesk) -> None:
    """When an approval is given, its rule goes; the others stay."""
    there.desk.write("docs/replies.md", "Why they are shorter.\n")
    request = asked(there)
    sync(there, request)
    there.approve(request, "ana")
    assert sync(there, request).output == f"removed: {OWNER}\n"
    assert rules(request) == {COUNTERSIGN: [103]}


def test_a_rule_that_was_changed_is_mended(there: ForgeDesk) -> None:
    """T04: somebody who puts themselves into our rule, or asks for none, is taken out again."""
    request = asked(there)
    sync(there, request)
    assert request.rules is not None
    request.rules[0].users.append(there.users["dana"])
    assert sync(there, request).output == f"mended: {COUNTERSIGN}\n"
    assert rules(request) == {COUNTERSIGN: [103]}
    request.rules[0].approvals_required = 0
    assert writes(there) == ["PUT"]
    assert sync(there, request).output == f"mended: {COUNTERSIGN}\n"
    assert request.rules[0].approvals_required == 1


def test_rules_of_others_stay(there: ForgeDesk) -> None:
    """Rules that people, CODEOWNERS or a report made are left alone, whatever they are called."""
    request = asked(there)
    ana = there.users["ana"]
    kept = [Rule(71, "Security", 2, [ana]), Rule(72, f"{PREFIX}path", 1, [ana], "code_owner"),
            Rule(73, f"{PREFIX}licences", 1, [ana], "report_approver")]  # fmt: skip
    request.rules = list(kept)
    assert sync(there, request).exit_code == 0
    assert request.rules[:3] == kept
    there.countersign(request, "finn")
    sync(there, request)
    assert request.rules == kept


def test_free_cannot(desk: Desk) -> None:
    """Without a licence it says so, asks for no rules and changes nothing."""
    with ForgeDesk.begin(desk) as there:
        said = sync(there, asked(there))
        assert said.exit_code == 2, said.output
        assert "not to be had on GitLab Free" in said.output
        assert writes(there) == []


def test_a_project_that_forbids_it(there: ForgeDesk) -> None:
    """Where nobody may edit rules in merge requests, that is said, with the setting's name."""
    request = asked(there)
    there.project.approval_settings["disable_overriding_approvers_per_merge_request"] = True
    said = sync(there, request)
    assert said.exit_code == 3, said.output
    assert "Prevent editing approval rules" in said.output


@pytest.mark.parametrize("state", ["merged", "closed"])
def test_what_is_not_open_asks_nobody(state: str, there: ForgeDesk) -> None:
    """A merge request that is closed is left as it is."""
    request = asked(there)
    request.state = "merged" if state == "merged" else "closed"
    request.merge_commit_sha = request.sha
    said = sync(there, request)
    assert (said.exit_code, f"is {state}" in said.output, writes(there)) == (3, True, [])


def test_what_cannot_be_read_changes_nothing(there: ForgeDesk) -> None:
    """T19: when the rules cannot be listed, none is made."""
    request = asked(there)
    there.forge.fault(Fault("GET", "/approval_rules$", "html", times=None))
    said = sync(there, request)
    assert (said.exit_code, writes(there)) == (3, [])
