"""The property suite: what Hypothesis thinks up, pairs of faults and states, every cut: judged by every invariant."""

from harness.drivers.properties.settings import PropertySettings
from harness.drivers.properties.suite import run

__all__ = ["PropertySettings", "run"]
