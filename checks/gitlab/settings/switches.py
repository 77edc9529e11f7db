"""Switches of a project: each has safe values and unsafe ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog.errors import SourceError
from checks.gitlab.settings.item import Call, Item, Json, fine, gap, note
from checks.gitlab.settings.place import Place
from checks.gitlab.settings.setup import Setup
from checks.reports.safe import one_line


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """A setting of a project by its name in the API."""

    key: str
    safe: tuple[Json, ...]
    """The first is what it is set to."""
    meaning: str
    where: str
    only_with: str = ""
    """Another switch, which makes this one count where GitLab still has it."""

    def check(self, place: Place) -> Item:
        """How it stands. Raises `SourceError` when the answer does not say."""
        content = place.project().content
        if not isinstance(content, dict) or not isinstance(content.get(self.key), str | bool):
            raise SourceError(
                f"GitLab does not say what `{self.key}` is set to.",
                why="It tells Maintainers only, or is too old to have it.",
                solution=f"Ask with a Maintainer's token, or look in {self.where}.",
            )
        found = f"{self.key} is {_word(content[self.key])}"
        if self.only_with and content.get(self.only_with) is False:
            body = {self.only_with: True, self.key: self.safe[0]}
            fix = Call(method="PUT", path=place.address(), body=body)
            solution = f"Switch it on in {self.where}, or by `--apply`."
            return gap(
                f"{found}, and {self.only_with}, without which it means nothing, is off", self.meaning, solution, fix
            )
        if content[self.key] in self.safe:
            return fine(found)
        fix = Call(method="PUT", path=place.address(), body={self.key: self.safe[0]})
        return gap(found, self.meaning, f"Set it to {_word(self.safe[0])} in {self.where}, or by `--apply`.", fix)


METHOD = Switch(
    key="merge_method", safe=("merge", "rebase_merge"), where="Settings > Merge requests",
    meaning="A fast-forward leaves no merge commit, and a record names one.",
)  # fmt: skip
SQUASH = Switch(
    key="squash_option", safe=("never", "default_off", "default_on"), where="Settings > Merge requests",
    meaning="Other commits would land than those that were judged.",
)  # fmt: skip
FORKS = Switch(
    key="ci_allow_fork_pipelines_to_run_in_parent_project", safe=(False,), where="Settings > CI/CD > General",
    meaning="A member can run a fork's own pipeline here, with all variables.",
)  # fmt: skip
JOB_PUSH = Switch(
    key="ci_push_repository_for_job_token_allowed", safe=(False,), where="Settings > CI/CD > Job token",
    meaning="A pipeline that the owner starts could push as the owner, whatever file started it.",
)  # fmt: skip
_ROLE = "ci_pipeline_variables_minimum_override_role"
_RESTRICTED = "restrict_user_defined_variables"
OVERRIDE = Switch(
    key=_ROLE, only_with=_RESTRICTED, safe=("no_one_allowed", "maintainer", "owner"),
    where="Settings > CI/CD > Variables",
    meaning="A Developer can start a pipeline with variables of their own choosing.",
)  # fmt: skip
CONTROL_OVERRIDE = Switch(
    # Not "no_one_allowed": before GitLab 18.5 or so that refuses the webhook's trigger as well.
    key=_ROLE, only_with=_RESTRICTED, safe=("maintainer", "owner", "no_one_allowed"),
    where="Settings > CI/CD > Variables",
    meaning="A Developer can start the judge with variables of their own choosing.",
)  # fmt: skip


def of_project(switch: Switch) -> Callable[[Setup], Item]:
    """The check of a switch in the project."""
    return lambda setup: switch.check(setup.project)


def of_control(switch: Switch) -> Callable[[Setup], Item]:
    """The check of a switch in the control project."""
    return lambda setup: switch.check(setup.control)


def merge_checks(setup: Setup) -> Item:
    """Whether GitLab itself holds up what is red. The gate merges nothing that it did not pass, with or without."""
    about = setup.project.project()
    must, skipped = about.known("only_allow_merge_if_pipeline_succeeds"), about.flag("allow_merge_on_skipped_pipeline")
    if must and not skipped:
        return fine("pipelines must succeed, and a skipped one does not count")
    found = "a skipped pipeline counts as a success" if must else "GitLab merges whatever the pipeline said"
    meaning = (
        "It holds for what the owner merges by hand, and for auto-merge set by the owner, by which GitLab merges as "
        "soon as this lets it, asking no judge. The gate itself merges only what passed."
    )
    return note(found, meaning, "Tick `Pipelines must succeed` in Settings > Merge requests, and nothing below it.")


def pipeline(setup: Setup) -> Item:
    """What defines the project's own pipelines."""
    path = _definition(setup.project)
    file, _, elsewhere = path.partition("@")
    if elsewhere.partition(":")[0] == setup.control.path:
        return fine(f"{one_line(file)} of the control project")
    if elsewhere or "://" in path:
        meaning = "Somebody outside decides what this project's pipelines run."
        return gap(f"defined by {one_line(path)}", meaning, "Change it in Settings > CI/CD > General pipelines.")
    meaning = "A merge request's author decides what its pipeline runs, so its colour says nothing: the gate's does."
    return note(f"the branch's own {one_line(path) or '.gitlab-ci.yml'}", meaning)


def judge(setup: Setup) -> Item:
    """The control project's pipeline is defined in its own repository."""
    path = _definition(setup.control)
    if "@" in path or "://" in path:
        meaning = "Somebody outside decides how is judged, with the keys at hand."
        return gap(f"defined by {one_line(path)}", meaning, "Empty the path in Settings > CI/CD > General pipelines.")
    file, branch = path or ".gitlab-ci.yml", setup.control.branch
    if not setup.control.has(file, branch):
        solution = "Copy it there from docs/control-project/, and push it."
        return gap(f"no {one_line(file)} on `{branch}`", "Nothing is judged.", solution)
    return fine(f"its own {one_line(file)}")


def _definition(place: Place) -> str:
    """Where pipelines are defined; null and empty are the usual place, and absent is unreadable."""
    about = place.project()
    unset = isinstance(about.content, dict) and about.content.get("ci_config_path", "") is None
    return "" if unset else about.text("ci_config_path")


def project_keys(setup: Setup) -> Item:
    """No deploy key may push to the project."""
    return _keys(setup.project)


def control_keys(setup: Setup) -> Item:
    """No deploy key may push to the control project."""
    return _keys(setup.control)


def _keys(place: Place) -> Item:
    pushing = [one for one in place.deploy_keys() if one.pushes]
    if not pushing:
        return fine("no deploy key may push")
    fix = [
        Call(method="PUT", path=place.address(f"/deploy_keys/{one.id}"), body={"can_push": False}) for one in pushing
    ]
    found = ", ".join(f"`{one_line(one.title)}`" for one in pushing)
    meaning = "It pushes as its owner, even after they have left, and perhaps where nobody may."
    return gap(f"deploy keys that may push: {found}", meaning, "Take the right away, or the key, or `--apply`.", *fix)


def _word(value: Json) -> str:
    return one_line(value) if isinstance(value, str) else "on" if value else "off"
