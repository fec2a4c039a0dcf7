"""`edgeproof drift`: the mock held against a real upstream."""

from harness.cli.drifting.drift import register

__all__ = ["register"]
