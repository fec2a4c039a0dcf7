"""The probe: small experiments on targets of their own, played as `harness.core.probing` says."""

from harness.drivers.probing.settings import ProbeSettings
from harness.drivers.probing.suite import run

__all__ = ["ProbeSettings", "run"]
