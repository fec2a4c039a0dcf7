"""Chaos runs: a steady state, faults by a plan on its timeline, recovery; judged on what clients were told."""

from harness.drivers.chaos.settings import ChaosSettings
from harness.drivers.chaos.suite import Chaos

__all__ = ["Chaos", "ChaosSettings"]
