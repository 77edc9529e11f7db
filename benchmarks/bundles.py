"""The bundle of many workflows, beside `opa build` alone: all of the build, and its last step.

OPA is given the same files twice: the declared ones that the build reads, as they lie in the working tree; and those
that the finished bundle holds. The build has more to do than either: it reads git, and verifies every record.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import recorded
from benchmarks.measure import Command, Figure, in_turn, medians, timed
from catalog import policies
from catalog.engines.provision import opa_binary
from catalog.git import Repository
from catalog.snapshot import tree_of
from controls.bundle import check, opa
from controls.bundle.build import pack
from controls.bundle.key import BundleKey

Json = Any


def figures(folder: Path, runs: int, large: int) -> Iterator[Figure]:
    """All of `countersign bundle build`, and its packing alone."""
    clone, key = recorded.repository(folder / "clone", large), BundleKey.generate("bundle-2026")
    (folder / "bundle.pem").write_bytes(key.pem)
    yield _whole(folder, clone, runs, large)
    document = check.data_of((folder / "bundle.tar.gz").read_bytes())
    with Repository.discover(clone) as repository:
        modules = policies.read_runtime(repository, tree_of(repository, "main"))
    yield _packed(modules, document, key, runs, large)


def _whole(folder: Path, clone: Path, runs: int, large: int) -> Figure:
    options = ("--key", "../bundle.pem", "--key-id", "bundle-2026", "--output", "../bundle.tar.gz", "--branch", "main")
    declared = ("policies/runtime", "policies/lib", "workflows", "--ignore", "*_test.rego", "--output", "../opa.tar.gz")
    program = str(Path(sys.executable).with_name("countersign"))
    ours = Command(name="bundle build", folder=clone, arguments=[program, "bundle", "build", *options])
    peer = Command(name="opa build, declared files", folder=clone, arguments=[str(opa_binary()), "build", *declared])
    taken = medians([ours, peer], min(runs, 3))
    what = f"bundle build, {large} workflows with two versions / opa build alone on their files"
    return Figure(what=what, value=taken[ours.name] / taken[peer.name], limit=2.0, seconds=taken)


def _packed(
    modules: Mapping[str, bytes], document: Mapping[str, Json], key: BundleKey, runs: int, large: int
) -> Figure:
    with tempfile.TemporaryDirectory(prefix="countersign-plain-") as place:
        plain, archive = Path(place, "plain"), Path(place, "plain.tar.gz")
        for path, source in {**modules, "catalog/data.json": json.dumps(document).encode()}.items():
            (plain / path).parent.mkdir(parents=True, exist_ok=True)
            (plain / path).write_bytes(source)
        taken = in_turn({
            "packing the bundle": lambda: timed(lambda: pack(modules, document, key)),
            "opa build, the bundle's files": lambda: timed(
                lambda: opa.build("--bundle", ".", "--output", str(archive), folder=plain)
            ),
        }, runs)  # fmt: skip
    ours, peer = taken.values()
    what = f"of which packing and signing / opa build alone on the bundle's files, {large} workflows"
    return Figure(what=what, value=ours / peer, limit=2.0, seconds=taken)
