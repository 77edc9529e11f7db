"""What people do to merge requests. What GitLab would refuse raises `Refused`, here as over HTTP."""

from __future__ import annotations

from collections.abc import Iterable

from support.forge import git, merging, quick_actions, rules, webhooks
from support.forge.answers import forbidden, not_found, refused, stale, unauthorized
from support.forge.mergeability import UNFINISHED, detailed_merge_status, head_pipeline
from support.forge.model import Approval, Json, Level, MergeRequest, Note, Push, User
from support.forge.project import Project
from support.forge.settings import Settings
from support.forge.state import locked


class Verbs(Settings):
    """The state, and everything that moves it."""

    @locked
    def open(
        self,
        project: Project,
        source: str,
        target: str,
        author: User,
        *,
        title: str = "Change",
        description: str = "",
        labels: Iterable[str] = (),
        draft: bool = False,
        squash: bool = False,
        fork: Project | None = None,
    ) -> MergeRequest:
        """Somebody opens a merge request from a branch that is in the repository, or in a fork's."""
        mr = MergeRequest(
            self.next_id(), len(project.merge_requests) + 1, project, fork or project, source, target, author,
            f"Draft: {title}" if draft else title, description, sorted(labels), squash, self.now, self.now,
        )  # fmt: skip
        mr.pushes.append(self._collect(mr))
        project.merge_requests.append(mr)
        self._send(mr, author, "open")
        return mr

    @locked
    def pushed(self, mr: MergeRequest, by: User) -> Push:
        """GitLab notices that a real `git push` moved the source branch."""
        old, new = mr.pushes[-1], self._collect(mr)
        assert new.head != old.head, f"{mr.source_branch} is still at {old.head}: push first"
        mr.pushes.append(new)
        mr.auto_merge = False
        added = [sha for sha in new.commits if sha not in old.commits]
        self._system_note(mr, by, self._added(mr, added))
        self._reset_on_push(mr, by)
        self._send(mr, by, "update", oldrev=old.head)
        return new

    @locked
    def approve(self, mr: MergeRequest, user: User, sha: str | None = None) -> Approval:
        """Somebody clicks Approve; with `sha`, only of that head."""
        if self.level(user, mr.project) < Level.DEVELOPER:
            raise forbidden()
        if sha is not None and sha != mr.sha:
            raise stale(mr.sha)
        if user in rules.approvers(mr):
            # Newer releases say that nothing was changed; older ones that it may not be done.
            raise refused(304, "304 Not Modified") if self.approved_at else unauthorized()
        if not rules.may_approve(self, mr, user):
            raise unauthorized()
        approval = Approval(user, self.now, mr.pushes[-1].patch_id_sha)
        mr.approvals.append(approval)
        self._system_note(mr, user, "approved this merge request")
        enough = self.edition == "ce" or rules.left(self, mr) == 0
        self._send(mr, user, "approved" if enough else "approval")
        return approval

    @locked
    def unapprove(self, mr: MergeRequest, user: User) -> None:
        """Somebody takes their approval back."""
        if user not in rules.approvers(mr):
            raise not_found()
        before = rules.approved(self, mr)
        mr.approvals[:] = [one for one in mr.approvals if one.user is not user]
        self._system_note(mr, user, "unapproved this merge request")
        self._send(mr, user, self._withdrawn(mr, before))

    @locked
    def note(self, mr: MergeRequest, user: User, body: str, *, resolvable: bool = False) -> Note:
        """Somebody comments. Quick actions are executed; a comment that held nothing else is not kept."""
        left = quick_actions.execute(self, mr, user, body)
        note = Note(self.next_id(), mr, user, left, self.now, self.now, resolvable=resolvable)
        if left:
            mr.notes.append(note)
            self.sent.append(webhooks.note_hook(self, note, user, "create"))
        self._touch(mr)
        return note

    @locked
    def edit_note(self, note: Note, body: str, by: User | None = None) -> None:
        """Its author, or a Maintainer, changes a comment; the author stays, and nothing shows who changed it."""
        editor = by or note.author
        if note.system or (editor is not note.author and self.level(editor, note.mr.project) < Level.MAINTAINER):
            raise forbidden()
        note.body = quick_actions.execute(self, note.mr, editor, body) or note.body
        note.updated_at = self.now
        self.sent.append(webhooks.note_hook(self, note, editor, "update"))

    @locked
    def delete_note(self, note: Note, by: User | None = None) -> None:
        """Its author, or a Maintainer, deletes a comment."""
        editor = by or note.author
        if note.system or (editor is not note.author and self.level(editor, note.mr.project) < Level.MAINTAINER):
            raise forbidden()
        note.mr.notes.remove(note)

    @locked
    def retarget(self, mr: MergeRequest, target: str, by: User) -> None:
        """Somebody changes the target branch; where approvals are reset on push, this resets them too, silently."""
        old, mr.target_branch = mr.target_branch, target
        self._system_note(mr, by, f"changed target branch from `{old}` to `{target}`")
        mr.pushes.append(self._collect(mr))
        mr.auto_merge = False
        if self.premium and mr.project.approval_settings["reset_approvals_on_push"]:
            mr.approvals.clear()
        self._send(mr, by, "update")

    @locked
    def target_deleted(self, mr: MergeRequest, now: str, by: User) -> None:
        """Somebody deletes the branch it asks to be merged into: GitLab has it ask for another, and keeps approvals."""
        old, mr.target_branch = mr.target_branch, now
        said = f"deleted the `{old}` branch. This merge request now targets the `{now}` branch"
        self._system_note(mr, by, said)
        mr.pushes.append(self._collect(mr))
        self._send(mr, by, "update")

    @locked
    def set_draft(self, mr: MergeRequest, draft: bool, by: User | None = None) -> None:
        """Somebody marks it as a draft, or as ready."""
        if draft == mr.draft:
            return
        mr.title = f"Draft: {mr.title}" if draft else mr.title.split(" ", 1)[-1]
        who = by or mr.author
        self._system_note(mr, who, f"marked this merge request as **{'draft' if draft else 'ready'}**")
        self._send(mr, who, "update")

    @locked
    def close(self, mr: MergeRequest, by: User | None = None) -> None:
        """Somebody closes it."""
        mr.state, mr.closed_at, mr.auto_merge = "closed", self.now, False
        self._touch(mr)
        self._send(mr, by or mr.author, "close")

    @locked
    def reopen(self, mr: MergeRequest, by: User | None = None) -> None:
        """Somebody opens it again."""
        mr.state, mr.closed_at = "opened", None
        self._touch(mr)
        self._send(mr, by or mr.author, "reopen")

    @locked
    def label(self, mr: MergeRequest, *labels: str, by: User | None = None) -> None:
        """Somebody adds labels."""
        mr.labels = sorted({*mr.labels, *labels})
        self._touch(mr)
        self._send(mr, by or mr.author, "update")

    @locked
    def set_auto_merge(self, mr: MergeRequest, by: User) -> None:
        """Somebody asks for a merge as soon as everything passes."""
        mr.auto_merge, mr.merge_user = True, by
        self._touch(mr)

    @locked
    def merge(
        self,
        mr: MergeRequest,
        by: User,
        *,
        sha: str | None = None,
        squash: bool | None = None,
        message: str | None = None,
        squash_message: str | None = None,
        auto: bool = False,
        remove_source: bool = False,
    ) -> None:
        """Somebody merges, or with `auto` asks for it while the pipeline runs."""
        if not self.may_merge(by, mr.project, mr.target_branch):
            raise unauthorized()
        status = detailed_merge_status(self, mr)
        pipeline = head_pipeline(mr)
        waiting = auto and pipeline and pipeline.status in UNFINISHED and status in {"ci_still_running", "mergeable"}
        if status in {"conflict", "need_rebase"}:
            raise refused(422, "Branch cannot be merged")
        if not waiting and status != "mergeable":
            raise refused(405, "405 Method Not Allowed")
        if sha is not None and sha != mr.sha:
            raise stale(mr.sha)
        option = mr.project.settings["squash_option"]
        mr.squash = option == "always" or (option != "never" and (mr.squash if squash is None else squash))
        if waiting:
            self.set_auto_merge(mr, by)
            return
        self._merged(mr, by, merging.merge(self, mr, by, message=message, squash_message=squash_message))
        self._notice_merged(mr, by)
        if remove_source:
            git.run(mr.source_project.repository, "update-ref", "-d", f"refs/heads/{mr.source_branch}")

    @locked
    def landed(self, mr: MergeRequest, by: User) -> None:
        """GitLab notices that a real `git push` brought the head into the target: it counts as merged, unasked."""
        self._merged(mr, by, merging.by_hand(mr))

    def _notice_merged(self, merged: MergeRequest, by: User) -> None:
        """The push that a merge is brings in other heads, too; GitLab calls their merge requests merged by it."""
        for mr in merged.project.merge_requests:
            if mr.state == "opened" and mr.target_branch == merged.target_branch and merging.holds(mr):
                self._merged(mr, by, merging.by_hand(mr))

    @locked
    def settle(self, project: Project) -> None:
        """GitLab merges what was set to merge as soon as everything passes, if by now it does."""
        for mr in project.merge_requests:
            if mr.auto_merge and mr.merge_user and detailed_merge_status(self, mr) == "mergeable":
                pipeline = head_pipeline(mr)
                if pipeline and pipeline.status not in UNFINISHED:
                    self.merge(mr, mr.merge_user)

    def _collect(self, mr: MergeRequest) -> Push:
        repository = mr.project.repository
        head = git.fetch(
            repository, mr.source_project.repository, mr.source_branch, f"refs/merge-requests/{mr.iid}/head"
        )
        start = git.tip(repository, mr.target_branch)
        assert start, f"{mr.project.path} has no branch {mr.target_branch}"
        found = git.difference(repository, start, head)
        self._touch(mr)
        return Push(self.next_id(), head, found.base, start, self.now, found.patch_id_sha, found.commits, found.files)

    def _merged(self, mr: MergeRequest, by: User, made: merging.Made) -> None:
        mr.merge_commit_sha, mr.squash_commit_sha = made.merge, made.squash
        mr.state, mr.merged_at, mr.merge_user, mr.auto_merge = "merged", self.now, by, False
        self._touch(mr)
        self._send(mr, by, "merge")

    def _reset_on_push(self, mr: MergeRequest, by: User) -> None:
        # A push that changes nothing in substance, such as a rebase, keeps approvals: what counts is the patch.
        if not (self.premium and mr.project.approval_settings["reset_approvals_on_push"]):
            return
        gone = [one for one in mr.approvals if one.patch_id_sha != mr.pushes[-1].patch_id_sha]
        if not gone:
            return
        before = rules.approved(self, mr)
        mr.approvals[:] = [one for one in mr.approvals if one not in gone]
        self._system_note(mr, by, f"reset approvals from {_sentence(gone)} by pushing to the branch")
        action = self._withdrawn(mr, before)
        self._send(mr, by, action, system=True, system_action="approvals_reset_on_push")

    def _withdrawn(self, mr: MergeRequest, before: bool) -> str:
        broken = before and not rules.approved(self, mr)
        return "unapproved" if self.edition == "ce" or broken else "unapproval"

    def _added(self, mr: MergeRequest, shas: list[str]) -> str:
        commits = [git.read_commit(mr.project.repository, sha) for sha in reversed(shas)]
        items = "".join(f"<li>{one.sha[:8]} - {one.title}</li>" for one in commits)
        return f"added {len(shas)} commit{'' if len(shas) == 1 else 's'}\n\n<ul>{items}</ul>"

    def _system_note(self, mr: MergeRequest, by: User, body: str) -> None:
        mr.notes.append(Note(self.next_id(), mr, by, body, self.now, self.now, system=True))
        self._touch(mr)

    def _touch(self, mr: MergeRequest) -> None:
        mr.updated_at = self.now

    def _send(self, mr: MergeRequest, by: User, action: str, **more: Json) -> None:
        self.sent.append(webhooks.merge_request_hook(self, mr, by, action, **more))


def _sentence(approvals: list[Approval]) -> str:
    names = [f"@{one.user.username}" for one in approvals]
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"
