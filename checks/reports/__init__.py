"""Reports: what a judgement found, for a person, a terminal, a merge request, or another program."""

from checks.reports.registry import FOLDER, FORMATS, parse_option, parse_options, prepare, render, render_error, save

__all__ = ["FOLDER", "FORMATS", "parse_option", "parse_options", "prepare", "render", "render_error", "save"]
