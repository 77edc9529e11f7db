"""The bundle: the same bytes each time, signed, and what a real enforcement point makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.desk import NAME, PROMPT, Desk
from support.live import bundle_key, live

from catalog.errors import PolicyError, RecordError
from controls.bundle import check
from controls.bundle.build import pack
from controls.bundle.key import BundleKey

RUNTIME = "policies/runtime/decision.rego"


@pytest.fixture
def key() -> BundleKey:
    return bundle_key()


@pytest.fixture
def shop(desk: Desk, key: BundleKey) -> Desk:
    """A clone that knows where judging began, beside a bundle's key."""
    desk.git("config", "countersign.anchor", desk.git("rev-parse", "origin/main"))
    (desk.folder.parent / "bundle.pem").write_bytes(key.pem)
    (desk.folder.parent / "bundle.pub").write_bytes(key.public_pem())
    return desk


def build(desk: Desk, *options: str, name: str = "bundle.tar.gz") -> tuple[int, str, Path]:
    """`countersign bundle build`: how it ended, what it said, and the file."""
    path = desk.folder.parent / name
    key = str(desk.folder.parent / "bundle.pem")
    said = desk.countersign("bundle", "build", "--key", key, "--key-id", "bundle-2026", "--output", str(path), *options)
    return said.exit_code, " ".join(said.output.split()), path


def test_two_builds_are_the_same_bytes(shop: Desk) -> None:
    """Whoever has the commit, the records and the key builds the very file that is served."""
    code, said, first = build(shop)
    assert (code, "5 workflows, number 2, " in said) == (0, True), said
    assert first.read_bytes() == build(shop, name="again.tar.gz")[2].read_bytes()


def test_it_is_known_by_commit_and_policies(shop: Desk) -> None:
    """Its revision names the recorded commit and the digest of what judges at run time."""
    found = check.data_of(build(shop)[2].read_bytes())
    assert found["revision"] == f"{shop.git('rev-parse', 'origin/main')}-{found['policy_digest']}"
    assert (found["seq"], found["candidate"], found["workflows"][NAME]["state"]) == (2, False, "live")


def test_its_signature_is_checked(shop: Desk, key: BundleKey) -> None:
    """T07: a bundle of another key, a changed one, and what is no bundle at all are refused, each in a sentence."""
    path = build(shop)[2]
    assert check.verified(path, key.public_pem(), key.id)["seq"] == 2
    with pytest.raises(RecordError, match=r"is not a bundle signed by bundle-2026: .*verification error"):
        check.verified(path, BundleKey.generate(key.id).public_pem(), key.id)
    broken = bytearray(path.read_bytes())
    broken[len(broken) // 2] ^= 1
    path.write_bytes(broken)
    with pytest.raises(RecordError, match="is not a bundle signed by bundle-2026"):
        check.verified(path, key.public_pem(), key.id)
    with pytest.raises(RecordError, match="It is no bundle of Countersign"):
        check.data_of(b"nothing")


def test_the_command_says_what_a_bundle_holds(shop: Desk) -> None:
    """`bundle verify` names revision, number and each workflow; a key that is none is named."""
    path = build(shop)[2]
    public = str(shop.folder.parent / "bundle.pub")
    said = shop.countersign("bundle", "verify", str(path), "--public-key", public, "--key-id", "bundle-2026")
    assert (said.exit_code, "number   2" in said.output, f"  {NAME}  live  h1:" in said.output) == (0, True, True)
    secret = str(shop.folder.parent / "bundle.pem")
    said = shop.countersign("bundle", "verify", str(path), "--public-key", secret, "--key-id", "bundle-2026")
    assert (said.exit_code, "is not an RSA public key" in said.output) == (3, True), said.output


def test_a_real_point_decides_by_it(desk: Desk, tmp_path: Path) -> None:
    """A stock OPA server that polls for it tells an application what to run, and the others nothing."""
    with live(desk, tmp_path / "live", 1) as there:
        said = there.ask()
        assert (said["decision"], said["code"], said["version"]) == ("named", "approval_needed", there.version)
        assert (said["seq"], said["fallback"]["file"]) == (3, "fallback.md")
        [point] = there.servers
        assert point.call("POST", "/v1/data/countersign/decision", {"input": {}}, "nobody's")[0] == 401
        assert point.call("GET", "/health")[0] == 200


def test_what_is_not_on_record_is_named_and_does_not_run(shop: Desk) -> None:
    """T14: a direct push to main is red, by workflow and commit; the bundle is what it was."""
    before = build(shop)[2].read_bytes()
    shop.git("switch", "--quiet", "main")
    shop.write(PROMPT, "---\ninput: {}\n---\nAnswer anything.\n")
    pushed = shop.commit("Straight to main")
    shop.push()
    code, said, path = build(shop)
    assert code == 1
    assert f"{NAME}: commit {pushed[:12]} is not on record, so what it brought does not run" in said
    assert path.read_bytes() == before


def test_a_candidate_is_only_for_rehearsals(shop: Desk) -> None:
    """What a merge would bring is live in a candidate, which says so in its revision; the branch's bundle has none."""
    shop.replace(PROMPT, "\n---\n", "\n---\nBe brief.\n")
    head = shop.commit("Be brief")
    plain = check.data_of(build(shop)[2].read_bytes())
    code, said, path = build(shop, "--candidate", head)
    found = check.data_of(path.read_bytes())
    assert (code, said.startswith("Candidate bundle")) == (0, True), said
    assert (found["candidate"], found["revision"].startswith(f"candidate-{head}-")) == (True, True)
    assert found["workflows"][NAME]["version"] == shop.digests(NAME)["version"] != plain["workflows"][NAME]["version"]


def test_policies_that_do_not_compile_build_nothing(key: BundleKey) -> None:
    """T12: a broken rule, or one that reaches out, is an error in OPA's words; no archive comes of it."""
    document = {"revision": "r", "seq": 1, "workflows": {}}
    for source, words in (
        ("package countersign\n\ndecision := x\n", "var x is unsafe"),
        ('package countersign\n\ndecision := http.send({"url": "http://127.0.0.1"})\n', "undefined function http.send"),
    ):
        with pytest.raises(PolicyError, match=f"OPA does not build the bundle: .*{words}"):
            pack({RUNTIME: source.encode()}, document, key)


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("records", "There are no records at refs/heads/records"),
        ("anchor", "The anchor (none) is not on the branch"),
        ("key", "cannot be read"),
        ("branch", "There is no branch 'elsewhere' here"),
        ("folder", "The bundle cannot be written to"),
    ],
)
def test_what_is_lacking_is_named_and_nothing_is_written(shop: Desk, lacking: str, words: str) -> None:
    """Each thing that a build needs is asked for in a sentence; a bundle that was there stays."""
    options: tuple[str, ...] = ()
    match lacking:
        case "records":
            shop.git("update-ref", "-d", "refs/heads/records")
            shop.git("update-ref", "-d", "refs/remotes/origin/records")
        case "anchor":
            shop.git("config", "--unset", "countersign.anchor")
        case "key":
            (shop.folder.parent / "bundle.pem").unlink()
        case "branch":
            options = ("--branch", "elsewhere")
    (shop.folder.parent / "bundle.tar.gz").write_bytes(b"before")
    code, said, path = build(shop, *options, name="none/b.tar.gz" if lacking == "folder" else "bundle.tar.gz")
    assert (code in (2, 3), words in said) == (True, True), said
    assert lacking == "folder" or path.read_bytes() == b"before"


def test_only_a_strong_rsa_key_signs(tmp_path: Path) -> None:
    """A file that holds something else is refused before anything is built, and its content is not repeated."""
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    (tmp_path / "weak.pem").write_bytes(
        weak.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()),
    )
    (tmp_path / "text.pem").write_text("hunter2")
    for name in ("weak.pem", "text.pem"):
        with pytest.raises(RecordError, match="is not an RSA private key of at least 2048 bits") as refused:
            BundleKey.load(tmp_path / name, "bundle-2026")
        assert "hunter2" not in str(refused.value)
