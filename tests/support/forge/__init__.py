"""A GitLab of the tests: it answers as the documentation says GitLab does, over real git, on this machine alone."""

from support.forge.answers import Refused
from support.forge.faults import Fault
from support.forge.forge import Call, Forge
from support.forge.model import Level, MergeRequest, Note, Pipeline, Push, User
from support.forge.project import Project

__all__ = ["Call", "Fault", "Forge", "Level", "MergeRequest", "Note", "Pipeline", "Project", "Push", "Refused", "User"]
