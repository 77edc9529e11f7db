"""Approvals: read, given, taken back; what an edition and a tier say differs."""

from __future__ import annotations

from support.forge import rules, shapes
from support.forge.answers import Answer, unauthorized
from support.forge.model import Json, Level, stamp
from support.forge.routes.merge_requests import MR
from support.forge.routing import Request, route


@route("GET", f"{MR}/approvals")
def approvals(request: Request) -> Json:
    """Who approved, rule or no rule."""
    community = _community(request)
    return community if request.forge.edition == "ce" else {**_enterprise(request), **community}


@route("POST", f"{MR}/approve")
def approve(request: Request) -> Json:
    """The caller approves."""
    request.forge.approve(request.mr, request.user, request.params.get("sha"))
    return approvals(request)


@route("POST", f"{MR}/unapprove", level=Level.DEVELOPER)
def unapprove(request: Request) -> Json:
    """The caller takes their approval back."""
    request.forge.unapprove(request.mr, request.user)
    return approvals(request)


@route("PUT", f"{MR}/reset_approvals")
def reset_approvals(request: Request) -> Json:
    """A bot removes all approvals; people may not. No webhook tells."""
    if not request.user.bot or request.mr.state == "merged":
        raise unauthorized()
    request.mr.approvals.clear()
    return Answer(202)


def _community(request: Request) -> shapes.Shape:
    forge, mr = request.forge, request.mr
    given = [
        {"user": shapes.user(forge, one.user)} | ({"approved_at": stamp(one.created_at)} if forge.approved_at else {})
        for one in mr.approvals
    ]
    return {
        "user_has_approved": request.user in rules.approvers(mr),
        "user_can_approve": rules.may_approve(forge, mr, request.user),
        "approved": rules.approved(forge, mr),
        "approved_by": given,
    }


def _enterprise(request: Request) -> shapes.Shape:
    forge, mr = request.forge, request.mr
    judged = rules.judge(forge, mr)
    left = [{"id": one.rule.id, "name": one.rule.name, "rule_type": one.rule.rule_type} for one in judged if one.left]
    brief = shapes.merge_request(forge, mr)
    shown = ("id", "iid", "project_id", "title", "description", "state", "created_at", "updated_at", "merge_status")
    return {
        **{name: brief[name] for name in shown},
        "approvals_required": sum(one.rule.approvals_required for one in judged),
        "approvals_left": rules.left(forge, mr),
        "require_password_to_approve": False,
        "suggested_approvers": [],
        "approvers": [],
        "approver_groups": [],
        "approval_rules_left": left,
        "has_approval_rules": bool(judged),
        "merge_request_approvers_available": forge.premium,
        "multiple_approval_rules_available": forge.premium,
        "invalid_approvers_rules": [{"id": one.rule.id} for one in judged if one.unmeetable],
    }
