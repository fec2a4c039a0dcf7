"""`edgeproof probe`: what a proxy does, found out, and held against what its target file says."""

from harness.cli.probing.probe import register

__all__ = ["register"]
