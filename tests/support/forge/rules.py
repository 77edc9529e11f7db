"""Who approved, who may, and whether that is enough: by edition and tier, traps included."""

from __future__ import annotations

from dataclasses import dataclass

from support.forge import git
from support.forge.model import Level, MergeRequest, Rule, User
from support.forge.state import State


@dataclass(frozen=True, slots=True)
class Judged:
    """An approval rule and what became of it."""

    rule: Rule
    eligible: list[User]
    approved_by: list[User]
    unmeetable: bool

    @property
    def left(self) -> int:
        """Approvals that are still asked for. A rule that nobody can meet asks for none: GitLab approves it itself."""
        return 0 if self.unmeetable else max(0, self.rule.approvals_required - len(self.approved_by))

    @property
    def approved(self) -> bool:
        """Whether the rule is met."""
        return self.left == 0


def may_approve(state: State, mr: MergeRequest, user: User) -> bool:
    """Whether somebody is eligible and has not approved yet."""
    return _eligible(state, mr, user) and user not in approvers(mr)


def approvers(mr: MergeRequest) -> list[User]:
    """Whose approval stands, oldest first."""
    return [approval.user for approval in mr.approvals]


def judge(state: State, mr: MergeRequest) -> list[Judged]:
    """Every rule that holds for a merge request."""
    if not state.premium:
        return []
    return [_judge(state, mr, rule) for rule in (mr.project.rules if mr.rules is None else mr.rules)]


def left(state: State, mr: MergeRequest) -> int:
    """Approvals that are still asked for, over all rules."""
    return sum(judged.left for judged in judge(state, mr))


def approved(state: State, mr: MergeRequest) -> bool:
    """What `approved` says: on CE that anybody did, on EE that no rule is open, which is true of no rule at all."""
    return bool(mr.approvals) if state.edition == "ce" else left(state, mr) == 0


def _judge(state: State, mr: MergeRequest, rule: Rule) -> Judged:
    everybody = [state.users[number] for number in mr.project.members]
    named = rule.users if rule.rule_type == "regular" else everybody
    eligible = [user for user in named if _eligible(state, mr, user)]
    given = [user for user in approvers(mr) if user in named]
    unmeetable = rule.rule_type == "regular" and len(eligible) < rule.approvals_required
    return Judged(rule, eligible, given, unmeetable)


def _eligible(state: State, mr: MergeRequest, user: User) -> bool:
    if state.level(user, mr.project) < Level.DEVELOPER:
        return False
    if not state.premium:
        # Whether an unlicensed instance bars the author is not documented: one that does not is the harder to guard.
        return True
    settings = mr.project.approval_settings
    if user is mr.author and not settings["merge_requests_author_approval"]:
        return False
    return not (settings["merge_requests_disable_committers_approval"] and user.email in _committers(mr))


def _committers(mr: MergeRequest) -> set[str]:
    return {git.read_commit(mr.project.repository, sha).committer_email for sha in mr.pushes[-1].commits}
