"""The conformance suite: every case once, judged as it ends."""

from harness.drivers.conformance.settings import Conformance
from harness.drivers.conformance.suite import run

__all__ = ["Conformance", "run"]
