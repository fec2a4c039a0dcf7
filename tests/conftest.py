"""What holds for all tests, wherever they run."""

from __future__ import annotations

import coverage
import pytest
from hypothesis import HealthCheck, settings

# A test that fails because a machine is busy tells nothing of what it tests.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what a worker has covered while there is time; one that is slow to end is killed."""
    measured = coverage.Coverage.current()
    if measured is not None and hasattr(session.config, "workerinput"):
        measured.save()
