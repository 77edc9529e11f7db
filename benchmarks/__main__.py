"""Times the gate against its peers, each ratio within one run: `nox -s bench`.

`--quick` uses a tenth of the workflows and fewer runs, for a first look; its figures are no claims.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import bundles, drills, forge, generator, points, publish
from benchmarks.measure import Command, Figure, medians, peak_megabytes

_PEER_IMPORT = "import yaml, jsonschema_rs, regorus, click"
_HERE = Path(__file__).parent
CONFTEST = "github.com/open-policy-agent/conftest@v0.71.1"
"""The peer, as .ci/run installs it."""


def main(arguments: Sequence[str]) -> int:
    """Run every benchmark; exit code 1 when a claim does not hold, 3 when the peer is missing."""
    parser = argparse.ArgumentParser(prog="nox -s bench --", description="Times the gate against its peers.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the workflows, three runs; no claims")
    parser.add_argument("--runs", type=int, default=7, help="counted runs of each command")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    asked = parser.parse_args(arguments)
    conftest = find_conftest()
    if conftest is None:
        print(f"The peer is missing. Install it: go install {CONFTEST}", file=sys.stderr)
        return 3
    large = 1_000 if asked.quick else 10_000
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
        runs = 3 if asked.quick else asked.runs
        figures = list(_told(_figures(Path(folder), conftest, large, runs), large))
    _print_seconds(figures)
    if asked.json:
        asked.json.write_text(
            json.dumps([asdict(figure) | {"holds": figure.holds} for figure in figures], indent=2) + "\n"
        )
    return 0 if asked.quick or all(figure.holds for figure in figures) else 1


def find_conftest() -> str | None:
    """The peer: on PATH, where .ci/run puts it, or where `go install` does."""
    places = (os.environ.get("PATH", os.defpath), str(_HERE.parent / ".tools" / "bin"), str(Path.home() / "go" / "bin"))
    return shutil.which("conftest", path=os.pathsep.join(places))


def _figures(folder: Path, conftest: str, large: int, runs: int) -> Iterator[Figure]:
    big = generator.repository(folder / "large", large)
    tenth = generator.repository(folder / "tenth", large // 10)
    small = generator.repository(folder / "small", 100)
    peer = Command(name="conftest", folder=big, arguments=_conftest(conftest, big))
    yield from _one_change(big, small, peer, runs)
    yield _hook(small, runs, 2.5, "100 workflows")
    # What git needs to read an index of fifty thousand files is in this one: told, with a wider limit.
    yield _hook(big, runs, 3.5, f"{large} workflows")
    yield from _everything(big, tenth, peer, runs)
    yield from forge.figures(folder, runs, large // 50)
    yield from points.figures(folder, runs, large)
    yield from bundles.figures(folder / "bundles", runs, large)
    yield from publish.figures(folder, runs, large)
    yield from drills.figures(folder / "rehearsals", runs)


def _one_change(big: Path, small: Path, peer: Command, runs: int) -> Iterator[Figure]:
    for folder in (big, small):
        _edit_on_branch(folder)
    merge = ("--base", "main", "--head", "edit")
    in_big = Command(name="one change, large", folder=big, arguments=_gate(*merge), exit_code=0)
    in_small = Command(name="one change, small", folder=small, arguments=_gate(*merge), exit_code=0)
    taken = medians([in_big, in_small, peer], runs)
    yield Figure(
        what="one change / conftest over all manifests",
        value=taken[in_big.name] / taken[peer.name],
        limit=0.1,
        seconds=taken,
    )
    yield Figure(
        what="one change: large / 100 workflows",
        value=taken[in_big.name] / taken[in_small.name],
        limit=1.3,
        seconds=taken,
    )


def _hook(folder: Path, runs: int, limit: float, where: str) -> Figure:
    prompt = _first_prompt(folder)
    original = prompt.read_text()
    prompt.write_text(original + "\nAnswer in English.\n")
    _git(folder, "add", "--all")
    hook = Command(name=f"hook, {where}", folder=folder, arguments=_gate("--staged", "--hook"))
    peer = Command(name="imports", folder=folder, arguments=[sys.executable, "-c", _PEER_IMPORT])
    taken = medians([hook, peer], runs * 2)
    _git(folder, "reset", "--quiet", "--hard")
    return Figure(
        what=f"pre-commit hook, {where} / importing its libraries",
        value=taken[hook.name] / taken["imports"],
        limit=limit,
        seconds=taken,
    )


def _everything(big: Path, tenth: Path, peer: Command, runs: int) -> Iterator[Figure]:
    in_big = Command(name="--all, large", folder=big, arguments=_gate("--all"))
    in_tenth = Command(name="--all, a tenth", folder=tenth, arguments=_gate("--all"))
    taken = medians([in_big, in_tenth, peer], runs)
    yield Figure(what="--all / conftest", value=taken[in_big.name] / taken[peer.name], limit=1.2, seconds=taken)
    yield Figure(
        what="--all: large / a tenth of it", value=taken[in_big.name] / taken[in_tenth.name], limit=11, seconds=taken
    )
    yield Figure(what="--all: peak memory in MB", value=peak_megabytes(in_big), limit=500, seconds={})


def _gate(*options: str) -> list[str]:
    return [str(Path(sys.executable).with_name("countersign")), "gate", *options]


def _conftest(binary: str, folder: Path) -> list[str]:
    return [
        binary,
        "test",
        "--no-color",
        "--output",
        "json",
        "--policy",
        str(_HERE / "conftest.rego"),
        *generator.manifests(folder),
    ]


def _edit_on_branch(folder: Path) -> None:
    _git(folder, "switch", "--quiet", "-c", "edit")
    prompt = _first_prompt(folder)
    prompt.write_text(prompt.read_text() + "\nAnswer in English.\n")
    _git(folder, "commit", "--quiet", "-am", "Answer in English")
    _git(folder, "switch", "--quiet", "main")


def _first_prompt(folder: Path) -> Path:
    return min((folder / "workflows").glob("*/sort.prompt"))


def _git(folder: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=folder, check=True)


def _told(figures: Iterator[Figure], large: int) -> Iterator[Figure]:
    """Each figure, printed as soon as it is known."""
    cores, python = os.cpu_count(), sys.version.split()[0]
    print(f"{large} workflows, {cores} cores, Python {python}, medians of whole processes\n", flush=True)
    for figure in figures:
        mark = "ok  " if figure.holds else "OVER"
        print(f"{mark}  {figure.value:8.3f}  (at most {figure.limit:g})  {figure.what}", flush=True)
        yield figure


def _print_seconds(figures: Sequence[Figure]) -> None:
    print()
    for name, seconds in {name: taken for figure in figures for name, taken in figure.seconds.items()}.items():
        print(f"{seconds:8.3f} s  {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
