"""The leak suite: requests of one kind over and over again, and what the target holds between them."""

from harness.drivers.leaks.settings import LeakSettings
from harness.drivers.leaks.suite import run

__all__ = ["LeakSettings", "run"]
