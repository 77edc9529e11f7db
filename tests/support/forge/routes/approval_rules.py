"""Approval rules and settings; an unlicensed instance has neither."""

from __future__ import annotations

from dataclasses import replace

from support.forge import rules, shapes
from support.forge.answers import forbidden
from support.forge.model import Json, Level, MergeRequest, Rule, User
from support.forge.routes.merge_requests import MR
from support.forge.routing import Request, pick, route

OF_PROJECT = "/projects/:id/approval_rules"
OF_MR = f"{MR}/approval_rules"


@route("GET", "/projects/:id/approvals", premium=True)
def settings(request: Request) -> Json:
    """The approval settings of a project."""
    return dict(request.project.approval_settings)


@route("POST", "/projects/:id/approvals", premium=True, level=Level.MAINTAINER)
def change_settings(request: Request) -> Json:
    """Change approval settings."""
    kept = request.project.approval_settings
    kept.update({name: value for name, value in request.params.items() if name in kept})
    return dict(kept)


@route("GET", OF_PROJECT, premium=True)
def project_rules(request: Request) -> Json:
    """The rules of a project."""
    return [_project_rule(request, one) for one in request.project.rules]


@route("POST", OF_PROJECT, premium=True, level=Level.MAINTAINER)
def new_project_rule(request: Request) -> Json:
    """Add a rule to a project."""
    return _project_rule(request, _added(request, request.project.rules))


@route("PUT", f"{OF_PROJECT}/:rule", premium=True, level=Level.MAINTAINER)
def change_project_rule(request: Request) -> Json:
    """Change a rule of a project."""
    return _project_rule(request, _changed(request, request.project.rules))


@route("DELETE", f"{OF_PROJECT}/:rule", premium=True, level=Level.MAINTAINER)
def delete_project_rule(request: Request) -> Json:
    """Delete a rule of a project."""
    request.project.rules.remove(_named(request, request.project.rules))


@route("GET", f"{MR}/approval_state", premium=True)
def approval_state(request: Request) -> Json:
    """What became of each rule. Who approved is named without a time, and only if a rule names them."""
    return {
        "approval_rules_overwritten": request.mr.rules is not None,
        "rules": [_state(request, judged) for judged in rules.judge(request.forge, request.mr)],
    }


@route("GET", OF_MR, premium=True)
def merge_request_rules(request: Request) -> Json:
    """The rules of a merge request: its own, else the project's."""
    return [_merge_request_rule(request, judged) for judged in rules.judge(request.forge, request.mr)]


@route("POST", OF_MR, premium=True, level=Level.DEVELOPER)
def new_rule(request: Request) -> Json:
    """Add a rule to a merge request."""
    return _shown(request, _added(request, _own(request)))


@route("PUT", f"{OF_MR}/:rule", premium=True, level=Level.DEVELOPER)
def change_rule(request: Request) -> Json:
    """Change a rule of a merge request, in this one alone."""
    return _shown(request, _changed(request, _own(request)))


@route("DELETE", f"{OF_MR}/:rule", premium=True, level=Level.DEVELOPER)
def delete_rule(request: Request) -> Json:
    """Delete a rule of a merge request, in this one alone."""
    own = _own(request)
    own.remove(_named(request, own))


def _own(request: Request) -> list[Rule]:
    # Unless the project forbids it, the author may loosen what their own merge request needs.
    mr: MergeRequest = request.mr
    if mr.project.approval_settings["disable_overriding_approvers_per_merge_request"]:
        raise forbidden()
    if mr.rules is None:
        mr.rules = [replace(one, source=one) for one in mr.project.rules]
    return mr.rules


def _named(request: Request, several: list[Rule]) -> Rule:
    return pick((one for one in several if str(one.id) == request.named["rule"]), "")


def _added(request: Request, several: list[Rule]) -> Rule:
    rule = Rule(request.forge.next_id(), request.text("name"), int(request.text("approvals_required")), [])
    rule.users = _users(request)
    rule.rule_type = "regular" if rule.users else "any_approver"
    several.append(rule)
    return rule


def _changed(request: Request, several: list[Rule]) -> Rule:
    rule = _named(request, several)
    rule.name = str(request.params.get("name", rule.name))
    rule.approvals_required = int(request.params.get("approvals_required", rule.approvals_required))
    if "user_ids" in request.params:
        rule.users = _users(request)
    return rule


def _users(request: Request) -> list[User]:
    return [request.forge.users[int(number)] for number in request.params.get("user_ids") or ()]


def _shown(request: Request, rule: Rule) -> shapes.Shape:
    judged = rules.judge(request.forge, request.mr)
    return _merge_request_rule(request, pick((one for one in judged if one.rule is rule), ""))


def _rule(request: Request, rule: Rule, eligible: list[User]) -> shapes.Shape:
    return {
        "id": rule.id,
        "name": rule.name,
        "rule_type": rule.rule_type,
        "report_type": None,
        "eligible_approvers": shapes.users(request.forge, eligible),
        "approvals_required": rule.approvals_required,
        "users": shapes.users(request.forge, rule.users),
        "groups": [],
        "contains_hidden_groups": False,
    }


def _project_rule(request: Request, rule: Rule) -> shapes.Shape:
    more = {"protected_branches": [], "applies_to_all_protected_branches": False}
    return {**_rule(request, rule, rule.users), **more}


def _merge_request_rule(request: Request, judged: rules.Judged) -> shapes.Shape:
    source = judged.rule.source
    overridden = source is not None and (source.approvals_required, source.users) != (
        judged.rule.approvals_required,
        judged.rule.users,
    )
    return {
        **_rule(request, judged.rule, judged.eligible),
        "section": None,
        "source_rule": {"approvals_required": source.approvals_required} if source else None,
        "overridden": overridden,
    }


def _state(request: Request, judged: rules.Judged) -> shapes.Shape:
    return {
        **_merge_request_rule(request, judged),
        "code_owner": False,
        "approved_by": shapes.users(request.forge, judged.approved_by),
        "approved": judged.approved,
    }
