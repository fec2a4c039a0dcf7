"""What is started here runs as at a user's: whoever measures the tests does not trace it, which would slow it down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.rounds import Played, five_rounds, whole


@pytest.fixture(scope="module", autouse=True)
def _untraced(untraced: None, unmeasured: None) -> None:
    """Trace no process that is started here, nor this one."""


@pytest.fixture(scope="session")
def rounds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Five rounds of every target that a collected test names as `name`."""
    with five_rounds(_named("rounds", request), tmp_path_factory.mktemp("rounds")) as found:
        yield found


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A whole run of every target that a collected test names as `name`."""
    with whole(_named("runs", request), tmp_path_factory.mktemp("runs")) as found:
        yield found


def _named(fixture: str, request: pytest.FixtureRequest) -> set[str]:
    functions = [item for item in request.session.items if isinstance(item, pytest.Function)]
    return {str(item.callspec.params["name"]) for item in functions if fixture in item.fixturenames}
