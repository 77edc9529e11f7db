"""Reports: what a judgement found, for a person, a terminal, a merge request, or another program."""

from checks.reports.registry import FORMATS, parse_option, parse_options, render, render_error, save

__all__ = ["FORMATS", "parse_option", "parse_options", "render", "render_error", "save"]
