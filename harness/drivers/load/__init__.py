"""The load suite: many users at once through one target, every answer measured and judged."""

from harness.drivers.load.settings import LoadSettings
from harness.drivers.load.suite import run

__all__ = ["LoadSettings", "run"]
