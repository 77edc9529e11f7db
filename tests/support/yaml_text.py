"""Documents as YAML that every reader takes for the same."""

from __future__ import annotations

from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Quotes what begins with a digit: a key's 64 hexadecimal digits are a number to some readers."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if text[:1].isdigit() else None)


_Dumper.add_representer(str, _text)


def dump(document: Any) -> str:
    """The document, its keys in the order they have."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False))
