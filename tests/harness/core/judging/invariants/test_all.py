"""Every invariant catches its plain breach; on what a correct target does all of them are silent."""

from __future__ import annotations

import pytest

from fault_injection.reply import Reply
from harness.core.judging.invariants import ALL
from harness.core.observed.history import ClientEnd, ClientExchange, UpstreamExchange
from tests.harness.core.histories import Fields, answer, breaches, client, failure, later, stream, upstream, view
from tests.harness.core.judging.invariants.caught import CAUGHT
from tests.harness.core.judging.invariants.right import RIGHT

pytestmark = pytest.mark.usefixtures("unmeasured")


def test_every_invariant_has_an_example() -> None:
    assert set(CAUGHT) == set(ALL)


@pytest.mark.parametrize("invariant", CAUGHT)
def test_a_plain_breach_is_caught_and_told_in_words(invariant: str) -> None:
    build, words = CAUGHT[invariant]

    found = breaches(invariant, build())

    assert [words in breach.message for breach in found] == [True]
    assert found[0].level is None


def _innocent() -> list[tuple[ClientExchange, list[UpstreamExchange]]]:
    """Exchanges of the day before, of every kind, with which nothing is wrong."""
    asked: list[tuple[ClientExchange, list[UpstreamExchange]]] = []
    kinds: list[tuple[Reply | None, bool, Fields]] = [
        (answer("Nothing wrong.", id="day-before-1"), True, {}),
        (stream(*"all is well", wait_s=0.1, id="day-before-2"), True, {}),
        (stream(*"all is well", wait_s=0.1, id="day-before-3"), True, {"moves": {"read_pause_s": 0.5}}),
        (failure(400), True, {}),
        (failure(400), False, {"body": b"{"}),
        (failure(404), False, {"method": "HEAD"}),
        (None, False, {"end": ClientEnd.LEFT}),
    ]
    for number, (reply, was_called, more) in enumerate(kinds):
        at_s, nonce = 100.0 * number - 86_400, f"ep-abcdef{number:06x}"
        calls = [upstream(reply, at=at_s + 0.1, nonce=nonce)] if was_called and reply else []
        asked.append((client(reply, **{"at": at_s, "nonce": nonce, "label": "innocent", **more}), calls))
    return asked


OTHERS = ("alive", "earlier", "samples", "heaps", "deaths", "visits")
"""What a history holds besides exchanges."""
COUNTS_EXCHANGES = {"no-leak"}


@pytest.mark.parametrize("invariant", sorted(set(CAUGHT) - COUNTS_EXCHANGES))
def test_a_breach_is_caught_behind_exchanges_with_which_nothing_is_wrong(invariant: str) -> None:
    of = CAUGHT[invariant][0]()
    before = _innocent()

    found = breaches(
        invariant,
        view(
            [*(asked for asked, _ in before), *of.history.clients],
            [*(call for _, calls in before for call in calls), *of.history.upstreams],
            claims=of.claims,
            limits=of.limits,
            secrets=of.secrets,
            **{name: getattr(of.history, name) for name in OTHERS},
        ),
    )

    assert found == breaches(invariant, of)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_target_is_not_blamed(name: str) -> None:
    of = RIGHT[name]()
    again = later(of)

    told = {invariant: breaches(invariant, of, again=again) for invariant in ALL}
    found = {invariant: [each.message for each in breach if not each.once] for invariant, breach in told.items()}

    assert {invariant: messages for invariant, messages in found.items() if messages} == {}
