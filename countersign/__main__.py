"""`python -m countersign`: the same as the `countersign` command."""

from countersign.main import main

main()
