"""`python -m catalog.engines.formatting FILE…`: whether rules are formatted, by the OPA that is here already.

Where none is, it says so and ends well: a commit does not wait for a build, and `nox -s policies` checks the same.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from catalog.engines.provision import VERSION, find_opa
from catalog.errors import EngineError


def main(files: Sequence[str]) -> int:
    """Print the files that `opa fmt` would change; its exit code."""
    try:
        opa = find_opa()
    except EngineError as error:
        print(f"{error.message} {error.solution}", file=sys.stderr)
        return error.exit_code
    if opa is None:
        print(f"OPA {VERSION} is not here yet; nox -s policies checks the format.")
        return 0
    return subprocess.call([str(opa), "fmt", "--list", "--fail", *files])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
