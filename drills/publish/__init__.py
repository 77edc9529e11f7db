"""Publishes drill runs: figures, reports for programs, and a site for people."""
