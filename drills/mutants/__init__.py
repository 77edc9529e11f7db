"""Drills that must fail: one thing in the sandbox is broken on purpose, and the drill has to find out which."""
