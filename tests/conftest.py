"""What holds for all tests, wherever they run."""

from __future__ import annotations

import gc
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import coverage
import pytest
from hypothesis import HealthCheck, settings

# A test that fails because a machine is busy tells nothing of what it tests.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


# In the background of a script SIGINT is ignored, and so it would be in whatever a test starts and then interrupts. A
# handler that does nothing ignores it just as well, but is not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, lambda *_: None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from what is loaded and collected: all of it stays, and takes long to look through."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(scope="module")
def untraced() -> Iterator[None]:
    """Start processes as a user does: untraced, which takes half the time, where they are to cover nothing of ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        yield


@pytest.fixture
def one_untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for one test, beside others whose processes cover what its own run."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@contextmanager
def _measuring_nothing() -> Iterator[None]:
    measured = coverage.Coverage.current()
    if measured is None:
        yield
        return
    measured.stop()
    try:
        yield
    finally:
        measured.start()


@pytest.fixture(scope="module")
def unmeasured() -> Iterator[None]:
    """Trace nothing in this process either: what is done so often here is covered by the tests of its parts."""
    with _measuring_nothing():
        yield


@pytest.fixture
def one_unmeasured() -> Iterator[None]:
    """The same for one test, beside others that cover what it does."""
    with _measuring_nothing():
        yield


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what a worker has covered while there is time; one that is slow to end is killed."""
    measured = coverage.Coverage.current()
    if measured is not None and hasattr(session.config, "workerinput"):
        measured.save()
