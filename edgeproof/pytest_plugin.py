"""The pytest plugin: fixtures, a marker, and the cases of edgeproof as tests.

The one rule: a suite that uses none of it pays nothing. What is asked for is imported then.

    def test_retries(mock_cloudflare):          # a mock Cloudflare, fresh for every test
        mock_cloudflare.fault("http.status(code=503)", first=1)

    def test_answers(edgeproof_target):         # the proxy of --edgeproof-target, with mock_cloudflare behind it
        httpx.post(edgeproof_target.chat_url, headers=edgeproof_target.headers, json=...)

    def test_pool(leak_probe):                  # nothing may grow with every call
        leak_probe.check(lambda: pool.take().give_back(), rounds=20)

    @pytest.mark.leak_check(rounds=12, warmup=3, bytes_per_round=512)
    def test_parse(): ...                       # the same for a whole test

`pytest --edgeproof-target my-proxy.toml` runs the conformance cases as tests besides: see `pytest_cases`.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from edgeproof.leak_probe import LeakProbe
    from edgeproof.mock import MockCloudflare
    from edgeproof.target import Target

_LEAK_CHECK = (
    "leak_check(rounds=12, warmup=3, bytes_per_round=512): run the test that many times, and fail it when memory, "
    "descriptors, threads or asyncio tasks measurably grow by more than that in every round"
)


_REPEATED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("edgeproof", "edgeproof: conformance cases of an edge AI proxy")
    group.addoption("--edgeproof-target", metavar="FILE", help="Run the cases as tests on this proxy.")
    group.addoption("--edgeproof-profile", metavar="NAME", default="quick", help="Which cases there are.")
    group.addoption(
        "--edgeproof-fail-on", choices=("must", "should"), default="must", help="Lowest severity that fails a case."
    )
    group.addoption("--edgeproof-report", metavar="DIR", help="Also write edgeproof's own reports into this folder.")
    group.addoption(
        "--edgeproof-options", metavar="WORDS", default="", help="More options of `edgeproof run`: '--seed 7 --jobs 2'."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and the cases where a target is given."""
    config.addinivalue_line("markers", _LEAK_CHECK)
    config.addinivalue_line("markers", "edgeproof: a conformance case, played on the proxy of --edgeproof-target")
    if config.getoption("edgeproof_target"):
        from edgeproof.pytest_cases import CasesPlugin

        config.pluginmanager.register(CasesPlugin(config), "edgeproof-cases")


@pytest.fixture(scope="session")
def _edgeproof_mock() -> Iterator[MockCloudflare]:
    from edgeproof.mock import MockCloudflare

    with MockCloudflare() as mock:
        yield mock


@pytest.fixture(scope="session")
def edgeproof_target_file(pytestconfig: pytest.Config) -> str:
    """Return the target file that `edgeproof_target` starts: that of --edgeproof-target, unless you say otherwise."""
    file = pytestconfig.getoption("edgeproof_target")
    if not file:
        raise pytest.UsageError("edgeproof_target needs --edgeproof-target FILE, or your own edgeproof_target_file")
    return str(file)


@pytest.fixture(scope="session")
def _edgeproof_target_and_mock(edgeproof_target_file: str) -> Iterator[MockCloudflare]:
    from edgeproof.mock import MockCloudflare

    with MockCloudflare(target=edgeproof_target_file) as mock:
        yield mock


@pytest.fixture
def mock_cloudflare(request: pytest.FixtureRequest) -> MockCloudflare:
    """Return a mock Cloudflare without faults, its journal and Workers KV empty; one process serves a whole session.

    In a test that uses `edgeproof_target` as well, it is the one behind that proxy.
    """
    behind = "edgeproof_target" in request.fixturenames
    mock: MockCloudflare = request.getfixturevalue("_edgeproof_target_and_mock" if behind else "_edgeproof_mock")
    mock.reset()
    return mock


@pytest.fixture
def edgeproof_target(mock_cloudflare: MockCloudflare) -> Target:
    """Return the proxy of the target file, running; it is started once a session, so its own state lasts."""
    return mock_cloudflare.target


@pytest.fixture
def leak_probe() -> LeakProbe:
    """Return what calls something over and over again, and fails the test when that leaks."""
    from edgeproof.leak_probe import LeakProbe

    return LeakProbe()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run a marked test many times over instead of once; a coroutine by whatever plugin runs coroutines."""
    marker = pyfuncitem.get_closest_marker("leak_check")
    if marker is None:
        return (yield)
    from edgeproof.leak_probe import LeakProbe

    once = pyfuncitem.obj
    said = marker.kwargs
    if marker.args:
        pytest.fail(f"leak_check takes its numbers by name: leak_check(rounds={marker.args[0]!r})", pytrace=False)

    def again(**arguments: Any) -> None:  # noqa: ANN401 - whatever fixtures the test has
        LeakProbe().check(lambda: once(**arguments), **said)

    async def again_awaited(**arguments: Any) -> None:  # noqa: ANN401 - see above
        await LeakProbe().acheck(lambda: once(**arguments), **said)

    pyfuncitem.stash[_REPEATED] = True
    pyfuncitem.obj = again_awaited if inspect.iscoroutinefunction(once) else again
    try:
        return (yield)
    finally:
        pyfuncitem.obj = once


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a marked test that something else ran, and so only once: a test of unittest, say."""
    yield
    if item.get_closest_marker("leak_check") is not None and not item.stash.get(_REPEATED, False):
        pytest.fail(
            f"leak_check could not repeat this {type(item).__name__}, so nothing was checked; "
            "make it a plain test function, or use the fixture leak_probe in one",
            pytrace=False,
        )
