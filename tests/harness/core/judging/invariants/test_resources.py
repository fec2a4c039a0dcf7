"""The borders of the rules about what a target holds on to."""

from __future__ import annotations

from harness.core.judging.view import CaseView
from harness.core.observed.history import UpstreamEnd
from tests.harness.core.histories import CACHING, Fields, answer, client, message, samples, silent, upstream, view

MEGABYTES = answer("x" * 9_000_000)


def _many(number: int = 30, *levels: tuple[float, int, int], **more: Fields) -> CaseView:
    clients = [client(answer(id=str(n)), nonce=f"ep-{n:012x}", at=n) for n in range(number)]
    return view(clients, more.pop("calls", ()), samples=samples(*levels), **more)


def test_too_few_exchanges_or_samples_tell_nothing() -> None:
    few = _many(19, (0, 50, 10), (1, 50, 10), (40, 50, 90))
    unseen = _many(30, (0, 50, 10), (1, 50, 90))

    assert silent("no-leak", [few, unseen])


def test_connections_kept_for_the_next_are_no_leak() -> None:
    assert silent("no-leak", [_many(30, (0, 50, 10), (1, 50, 20), (40, 50, 30))])
    assert "11 more descriptors" in message("no-leak", _many(30, (0, 50, 10), (1, 50, 20), (40, 50, 31)))
    assert "60 more descriptors" in message("no-leak", _many(30, (0, 50, 10), (1, 50, 20), (40, 50, 80)))


def test_two_connections_may_be_kept_for_each_exchange_of_those_at_once() -> None:
    fours = [client(answer(id=str(n)), nonce=f"ep-{n:012x}", at=n // 4) for n in range(32)]

    def grown(number: int) -> CaseView:
        return view(fours, samples=samples((0, 50, 10), (1, 50, 20), (40, 50, 20 + number)))

    assert silent("no-leak", [grown(2 * 4 + 8)])
    assert "17 more descriptors" in message("no-leak", grown(2 * 4 + 9))


def test_what_grows_behind_the_last_exchange_has_no_pool_for_an_excuse() -> None:
    assert silent("no-leak", [_many(30, (0, 50, 10), (50, 50, 20), (60, 50, 28))])
    assert "9 more descriptors" in message("no-leak", _many(30, (0, 50, 10), (50, 50, 20), (60, 50, 29)))


def test_upstream_calls_that_outlive_their_clients_are_told() -> None:
    calls = [upstream(at=n + 0.05, nonce=f"ep-{n:012x}", end=UpstreamEnd.RUNNING) for n in (3, 29)]
    levels = [(0, 50, 10), (1, 50, 10), (30, 50, 10)]

    assert "1 upstream call(s) still run" in message("no-leak", _many(30, *levels, calls=calls))  # 29 has just left


def _bulk(times: int, *levels: tuple[float, int, int], **more: Fields) -> CaseView:
    clients = [client(MEGABYTES, nonce=f"ep-{n:012x}", at=n) for n in range(times)]
    return view(clients, samples=samples(*levels), **{"claims": CACHING, **more})


def test_only_bulk_in_the_second_half_tells_of_a_bound() -> None:
    grown = [(0, 50, 10), (0.5, 60, 10), (9, 200, 10)]

    assert "memory grew by 140 MB while 27 MB" in message("cache-bounded", _bulk(4, *grown))
    assert silent("cache-bounded", [_bulk(2, *grown), _bulk(4, *grown[:2]), _bulk(4, *grown, claims=view().claims)])
    assert silent("cache-bounded", [_bulk(4, (0, 50, 10), (0.5, 60, 10), (9, 65, 10))])
