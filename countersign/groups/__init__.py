"""The command line's groups: what each command takes. What it does is in `countersign/commands/`."""
