"""Our versions, computed by Go itself."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from support.repositories import FILE, SAMPLES

from catalog import versions, workflow
from catalog.workflow import File

pytestmark = pytest.mark.interop

SOURCE = Path(__file__).parent / "dirhash"
LETTERS = "abzAZ019.-_ ()[]{}'\"\\*?$&;:,+=@~^%!#|<>äßé日本🙂\u00a0\u2028\u0301\t"
Hash = Callable[[Sequence[Path]], list[str]]


@pytest.fixture(scope="module")
def dirhash(tmp_path_factory: pytest.TempPathFactory) -> Hash:
    """Builds the little Go program once; it hashes folders, many in one run."""
    go = shutil.which("go")
    if not go:
        pytest.skip("go is missing; .ci/run says where it comes from.")
    build = tmp_path_factory.mktemp("build")
    shutil.copytree(SOURCE, build, dirs_exist_ok=True)
    built = subprocess.run([go, "build", "-o", "dirhash", "."], cwd=build, capture_output=True, text=True, check=False)
    if "GOPROXY=off" in built.stderr:
        pytest.skip("golang.org/x/mod is missing; fetch it: go -C tests/interop/dirhash mod download")
    assert built.returncode == 0, built.stderr

    def hashes(folders: Sequence[Path]) -> list[str]:
        asked = "".join(f"{folder}\n" for folder in folders)
        done = subprocess.run(
            [build / "dirhash"], input=asked, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return hashes


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def generated(chance: random.Random) -> dict[str, bytes]:
    """A small tree of odd names, where none is both a file and a folder."""
    files: dict[str, bytes] = {}
    for _ in range(chance.randrange(1, 12)):
        parts = ["".join(chance.choices(LETTERS, k=chance.randrange(1, 9))) for _ in range(chance.randrange(1, 4))]
        folders = ["/".join(["d", *parts[:end]]) for end in range(1, len(parts))]
        path = "/".join(["d", *parts])
        taken = any(other == path or other.startswith(f"{path}/") or other in folders for other in files)
        if not taken and not {".", ".."} & set(parts):
            files[path] = chance.randbytes(chance.choice([0, 1, 40, 5000]))
    return files or {"d": b""}


def test_the_samples(dirhash: Hash, tmp_path: Path) -> None:
    """The version of every sample workflow is Go's dirhash of the files in its listing."""
    expected, folders = [], []
    for source in sorted((SAMPLES / "workflows").iterdir()):
        contents = {path.name: path.read_bytes() for path in source.iterdir()}
        read = workflow.read(source.name, {name: File(FILE, "a" * 40, data) for name, data in contents.items()})
        files = versions.version_files(source.name, read.manifest, contents)
        expected.append(read.version)
        folders.append(written(tmp_path / source.name, files))
    assert len(expected) > 3
    assert dirhash(folders) == expected


def test_line_ends_and_modes(dirhash: Hash, tmp_path: Path) -> None:
    """Go too takes CRLF for another version, and an executable bit for none."""
    plain = {"workflows/a/workflow.yaml": b"a: 1\n"}
    crlf = {"workflows/a/workflow.yaml": b"a: 1\r\n"}
    folders = [written(tmp_path / name, files) for name, files in (("plain", plain), ("crlf", crlf), ("run", plain))]
    (folders[2] / "workflows/a/workflow.yaml").chmod(0o755)
    assert dirhash(folders) == [versions.h1(plain), versions.h1(crlf), versions.h1(plain)]


def test_generated_trees(dirhash: Hash, tmp_path: Path) -> None:
    """300 generated trees, with names of every script and sign, have the H1 that Go gives them."""
    chance = random.Random(20260301)
    trees = [generated(chance) for _ in range(300)]
    folders = [written(tmp_path / str(index), files) for index, files in enumerate(trees)]
    assert dirhash(folders) == [versions.h1(files) for files in trees]


def test_a_line_break(dirhash: Hash, tmp_path: Path) -> None:
    """A name with a line break is ruled out by both."""
    files = {"a\nb": b""}
    with pytest.raises(AssertionError, match="newline"):
        dirhash([written(tmp_path / "tree", files)])
    with pytest.raises(ValueError, match="line break"):
        versions.h1(files)
