"""Driver: the same few questions for the mock and for a real upstream, and in what their answers differ."""

from harness.drivers.drift.suite import Settings, run

__all__ = ["Settings", "run"]
