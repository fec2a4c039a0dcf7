"""The property suite: what Hypothesis thinks up, pairs of faults and states, every cut: judged by every invariant."""

from harness.drivers.properties.run import run
from harness.drivers.properties.settings import PropertySettings

__all__ = ["PropertySettings", "run"]
