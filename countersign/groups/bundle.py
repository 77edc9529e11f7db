"""`countersign bundle …`: what may run, for the enforcement points."""

from __future__ import annotations

from pathlib import Path

import click

from countersign.groups.common import HERE, completed


@click.group()
def bundle() -> None:
    """What may run: built from the records, signed, and served to the enforcement points.

    \b
    Example:
        countersign bundle build --key bundle.pem --key-id bundle-2026
    """


@bundle.command("build")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("bundle.tar.gz"),
              show_default=True, help="Where it is written, at once.")  # fmt: skip
@click.option("--branch", metavar="BRANCH", shell_complete=completed("branch"),
              help="The branch whose recorded content runs. [default: origin's default, else main]")  # fmt: skip
@click.option("--anchor", metavar="COMMIT", help="Where judging began. [default: as `countersign init` pinned it]")
@click.option("--candidate", metavar="COMMIT", shell_complete=completed("branch"),
              help="For drill points: also what the merge of this commit would bring, as if it were live.")  # fmt: skip
@click.option("--key", type=click.Path(path_type=Path), required=True, envvar="COUNTERSIGN_BUNDLE_KEY",
              help="The private key that signs it, a PEM file.")  # fmt: skip
@click.option("--key-id", required=True, envvar="COUNTERSIGN_BUNDLE_KEY_ID", help="The name that points know it by.")
def bundle_build(
    output: Path, branch: str | None, anchor: str | None, candidate: str | None, key: Path, key_id: str
) -> int:
    """Build the bundle: policies, people, points and every workflow version that is on record.

    What came to the branch without a record does not run: it is named, what was recorded before goes on, and the exit
    code is 1.

    \b
    Example:
        countersign bundle build --key bundle.pem --key-id bundle-2026 --output public/bundle.tar.gz
    """
    from countersign.commands import bundle as command

    options = command.Options(output=output, branch=branch, anchor=anchor, candidate=candidate)
    return command.build(HERE, options, key, key_id)


@bundle.command("verify")
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--public-key", type=click.Path(path_type=Path), required=True, envvar="COUNTERSIGN_BUNDLE_PUBLIC_KEY",
              help="The public half of the key that must have signed it, a PEM file.")  # fmt: skip
@click.option("--key-id", required=True, envvar="COUNTERSIGN_BUNDLE_KEY_ID", help="The name that points know it by.")
def bundle_verify(archive: Path, public_key: Path, key_id: str) -> int:
    """Check a bundle as an enforcement point does, with OPA itself, and say what it holds.

    \b
    Example:
        countersign bundle verify bundle.tar.gz --public-key bundle.pub --key-id bundle-2026
    """
    from countersign.commands import bundle as command

    return command.verify(archive, public_key, key_id)


@bundle.command("serve")
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: any that is free.")
def bundle_serve(archive: Path, host: str, port: int) -> int:
    """Serve a bundle to enforcement points, for trials and rehearsals; in production any static host does.

    \b
    Example:
        countersign bundle serve bundle.tar.gz --port 8080
    """
    from countersign.commands import bundle as command

    return command.serve(archive, host, port)
