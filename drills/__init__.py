"""Rehearses: what a team runs is tried out before it is needed."""
