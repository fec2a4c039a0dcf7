"""The command line: one module a group of verbs. It parses, prints and exits; everything else is below it."""

from harness.cli.app import main

__all__ = ["main"]
