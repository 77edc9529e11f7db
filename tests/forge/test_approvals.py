"""What approvals say and hide: by edition, by tier, by release."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.forge import Forge, Refused
from support.forge.scene import Scene


def test_vacuous_approval(scene: Scene) -> None:
    """Without rules an Enterprise Edition says approved though nobody did."""
    mr = scene.open()
    told = scene.api(scene.dana).get(scene.path(mr, "approvals")).body
    assert (told["approved"], told["approved_by"]) == (True, [])


def test_community_approval(community: Scene) -> None:
    """The Community Edition says approved once anybody did, whoever was meant to."""
    mr, api = community.open(), community.api(community.dana)
    assert api.get(community.path(mr, "approvals")).body["approved"] is False
    community.forge.approve(mr, community.finn)
    told = api.get(community.path(mr, "approvals")).body
    assert told["approved"] is True
    assert list(told) == ["user_has_approved", "user_can_approve", "approved", "approved_by"]


def test_time_of_approval(scene: Scene) -> None:
    """An approval carries the moment of the click, to the millisecond."""
    mr = scene.open()
    scene.forge.tick(seconds=61.5)
    scene.forge.approve(mr, scene.finn)
    (given,) = scene.api(scene.dana).get(scene.path(mr, "approvals")).body["approved_by"]
    assert (given["user"]["id"], given["approved_at"]) == (scene.finn.id, "2026-11-27T09:01:01.500Z")


def test_older_release_has_no_time(begin: Callable[..., Scene]) -> None:
    """An older release says who approved and not when."""
    scene = begin(approved_at=False)
    mr = scene.open()
    scene.forge.approve(mr, scene.finn)
    (given,) = scene.api(scene.dana).get(scene.path(mr, "approvals")).body["approved_by"]
    assert list(given) == ["user"]


def test_fallback_for_time(scene: Scene) -> None:
    """A system note says who approved and when, whatever the release."""
    mr = scene.open()
    scene.forge.approve(mr, scene.finn)
    scene.forge.tick(seconds=5)
    scene.forge.unapprove(mr, scene.finn)
    notes = scene.api(scene.dana).get(scene.path(mr, "notes"), sort="asc").body
    assert [(one["body"], one["system"], one["author"]["id"], one["created_at"]) for one in notes] == [
        ("approved this merge request", True, scene.finn.id, "2026-11-27T09:00:00.000Z"),
        ("unapproved this merge request", True, scene.finn.id, "2026-11-27T09:00:05.000Z"),
    ]


def test_approval_of_another_head(scene: Scene) -> None:
    """An approval that names another commit than the head is refused with the head's name."""
    mr = scene.open()
    reply = scene.api(scene.finn).post(scene.path(mr, "approve"), sha="0" * 40)
    assert (reply.status, reply.body) == (409, {"message": f"SHA does not match HEAD of source branch: {mr.sha}"})
    assert mr.approvals == []


def test_approval_of_the_head(scene: Scene) -> None:
    """An approval that names the head is taken."""
    mr = scene.open()
    assert scene.api(scene.finn).post(scene.path(mr, "approve"), sha=mr.sha).status == 201
    assert [one.user for one in mr.approvals] == [scene.finn]


@pytest.mark.parametrize(("newer", "status"), [(True, 304), (False, 401)])
def test_approving_twice(newer: bool, status: int, begin: Callable[..., Scene]) -> None:
    """A second approval changes nothing: a newer release says so, an older one calls it forbidden."""
    scene = begin(approved_at=newer)
    mr = scene.open()
    scene.forge.approve(mr, scene.finn)
    assert scene.api(scene.finn).post(scene.path(mr, "approve")).status == status
    assert len(mr.approvals) == 1


def test_author_approves_on_free(scene: Scene) -> None:
    """Without a licence nothing keeps the author from approving their own change."""
    mr = scene.open()
    assert scene.api(scene.dana).post(scene.path(mr, "approve")).status == 201


def test_author_barred_on_premium(premium: Scene) -> None:
    """With a licence the author may approve only where the project says so."""
    mr = premium.open()
    assert premium.api(premium.dana).post(premium.path(mr, "approve")).status == 401
    premium.project.approval_settings["merge_requests_author_approval"] = True
    assert premium.api(premium.dana).post(premium.path(mr, "approve")).status == 201


def test_committers_may_approve_by_default(premium: Scene) -> None:
    """Even with a licence a committer may approve unless the project bars them."""
    mr = premium.open()
    mr.author = premium.ana
    premium.project.approval_settings["merge_requests_disable_committers_approval"] = True
    assert premium.api(premium.dana).post(premium.path(mr, "approve")).status == 401
    premium.project.approval_settings["merge_requests_disable_committers_approval"] = False
    assert premium.api(premium.dana).post(premium.path(mr, "approve")).status == 201


def test_reporters_may_not_approve(scene: Scene) -> None:
    """Who is less than a Developer cannot approve."""
    mr = scene.open()
    scene.forge.member(scene.project, scene.eve, 20)
    assert scene.api(scene.eve).post(scene.path(mr, "approve")).status == 403


def test_taking_back_nothing(scene: Scene) -> None:
    """Who did not approve has nothing to take back."""
    mr = scene.open()
    assert scene.api(scene.finn).post(scene.path(mr, "unapprove")).status == 404
    scene.forge.approve(mr, scene.finn)
    assert scene.api(scene.finn).post(scene.path(mr, "unapprove")).status == 201
    assert mr.approvals == []


def test_only_bots_reset(scene: Scene) -> None:
    """All approvals at once are removed by a project's bot, never by a person, and no webhook tells."""
    mr = scene.open()
    scene.forge.approve(mr, scene.finn)
    assert scene.api(scene.ana).put(scene.path(mr, "reset_approvals")).status == 401
    sent = len(scene.forge.sent)
    bot = scene.api_with(**{"PRIVATE-TOKEN": scene.forge.project_token(scene.project)})
    assert bot.put(scene.path(mr, "reset_approvals")).status == 202
    assert (mr.approvals, len(scene.forge.sent)) == ([], sent)


def test_state_names_no_time(premium: Scene) -> None:
    """The state of rules names approvers as a flat list, without a time, and omits whom no rule names."""
    mr = premium.open()
    premium.forge.rule(premium.project, "Owners", 1, [premium.ana])
    for user in (premium.finn, premium.ana):
        premium.forge.approve(mr, user)
    (rule,) = premium.api(premium.dana).get(premium.path(mr, "approval_state")).body["rules"]
    assert [one["username"] for one in rule["approved_by"]] == ["ana"]
    assert "approved_at" not in rule["approved_by"][0]


def test_unmeetable_rule(premium: Scene) -> None:
    """A rule that only the author could meet is approved by GitLab itself."""
    mr = premium.open()
    premium.forge.rule(premium.project, "Only Dana", 1, [premium.dana])
    api = premium.api(premium.ana)
    (rule,) = api.get(premium.path(mr, "approval_state")).body["rules"]
    assert (rule["approved"], rule["approved_by"], rule["eligible_approvers"]) == (True, [], [])
    assert api.get(premium.path(mr, "approvals")).body["approved"] is True


def test_rule_is_required(premium: Scene) -> None:
    """A rule that can be met keeps a merge request from merging until it is."""
    mr = premium.open()
    premium.forge.rule(premium.project, "Owners", 1, [premium.finn])
    api = premium.api(premium.ana)
    assert api.put(premium.path(mr, "merge")).status == 405
    assert api.get(premium.path(mr)).body["detailed_merge_status"] == "not_approved"
    premium.forge.approve(mr, premium.finn)
    assert api.put(premium.path(mr, "merge")).status == 200


def test_author_loosens_their_rules(premium: Scene) -> None:
    """An author may lower what their own merge request needs, unless the project forbids it."""
    mr = premium.open()
    rule = premium.forge.rule(premium.project, "Owners", 1, [premium.finn])
    api = premium.api(premium.dana)
    assert api.put(premium.path(mr, "approval_rules", rule.id), approvals_required=0).status == 200
    assert api.get(premium.path(mr, "approval_state")).body["approval_rules_overwritten"] is True
    assert (rule.approvals_required, api.get(premium.path(mr, "approvals")).body["approved"]) == (1, True)
    premium.project.approval_settings["disable_overriding_approvers_per_merge_request"] = True
    assert api.put(premium.path(mr, "approval_rules", rule.id), approvals_required=0).status == 403


def test_rules_come_and_go(premium: Scene) -> None:
    """Rules are added to a merge request and deleted from it without touching the project's."""
    mr, api = premium.open(), premium.api(premium.ana)
    added = api.post(premium.path(mr, "approval_rules"), name="Own", approvals_required=1).body
    assert added["rule_type"] == "any_approver"
    assert api.call("DELETE", premium.path(mr, "approval_rules", added["id"])).status == 204
    kept = api.post(f"{premium.base}/approval_rules", name="All", approvals_required=1).body
    assert api.call("DELETE", f"{premium.base}/approval_rules/{kept['id']}").status == 204
    assert (mr.rules, premium.project.rules) == ([], [])


@pytest.mark.parametrize("path", ["approval_state", "approval_rules"])
def test_unlicensed(path: str, scene: Scene) -> None:
    """Without a licence there are no rules to ask about."""
    mr = scene.open()
    assert scene.api(scene.ana).get(scene.path(mr, path)).status == 404


def test_community_is_never_licensed() -> None:
    """A licensed Community Edition does not exist."""
    with pytest.raises(AssertionError, match="Enterprise"):
        Forge(tier="premium", edition="ce")


def test_verbs_refuse_as_the_api_does(scene: Scene) -> None:
    """A verb raises what the API would answer."""
    mr = scene.open()
    with pytest.raises(Refused, match="403 Forbidden") as refusal:
        scene.forge.approve(mr, scene.eve)
    assert refusal.value.status == 403
