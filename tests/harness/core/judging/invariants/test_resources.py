"""The borders of the rules about what a target holds on to."""

from __future__ import annotations

from dataclasses import replace

from harness.core.judging.invariants.resources import cache_bounded
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, HeapSample, UpstreamEnd
from harness.core.target.claims import Cache, Capabilities
from reports.record import Level
from tests.harness.core.histories import (
    CACHING,
    Fields,
    answer,
    breaches,
    client,
    message,
    samples,
    silent,
    upstream,
    view,
)

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

    of = _many(30, *levels, calls=calls)

    assert "1 upstream call(s) still run" in message("no-leak", of)  # 29 has just left
    assert "still running" in " ".join(breaches("no-leak", of)[0].evidence)


def test_connections_are_kept_for_whom_a_worker_cannot_know_to_have_left() -> None:
    left = [client(None, nonce=f"ep-{n:012x}", at=n, end=ClientEnd.LEFT) for n in range(30)]
    levels = samples((0, 50, 10), (1, 50, 20), (40, 50, 80))

    assert silent("no-leak", [view(left, (), samples=levels, notices_by_writing=True)])
    assert "60 more descriptors" in message("no-leak", view(left, (), samples=levels))


def test_a_worker_cannot_end_what_it_cannot_know_to_be_unwanted() -> None:
    left = [client(None, nonce=f"ep-{n:012x}", at=n, end=ClientEnd.LEFT) for n in range(30)]
    calls = [upstream(at=3.05, nonce=f"ep-{3:012x}", end=UpstreamEnd.RUNNING)]
    levels = samples((0, 50, 10), (1, 50, 10), (30, 50, 10))

    assert silent("no-leak", [view(left, calls, samples=levels, notices_by_writing=True)])
    assert "1 upstream call(s) still run" in message("no-leak", view(left, calls, samples=levels))
    answered = _many(30, (0, 50, 10), (1, 50, 10), (30, 50, 10), calls=calls, notices_by_writing=True)
    assert "1 upstream call(s) still run" in message("no-leak", answered)


def _bulk(times: int, *levels: tuple[float, int, int], **more: Fields) -> CaseView:
    clients = [client(MEGABYTES, nonce=f"ep-{n:012x}", at=n) for n in range(times)]
    return view(clients, samples=samples(*levels), **{"claims": CACHING, **more})


GROWN = [(0, 50, 10), (0.5, 60, 10), (9, 200, 10)]


def _bounded(max_bytes: int) -> Capabilities:
    return replace(CACHING, cache=Cache(ttl_s=2.0, max_bytes=max_bytes))


def test_only_bulk_in_the_second_half_tells_of_a_bound() -> None:
    assert "memory grew by 140 MB while 27 MB" in message("cache-bounded", _bulk(4, *GROWN))
    assert silent("cache-bounded", [_bulk(2, *GROWN), _bulk(4, *GROWN[:2]), _bulk(4, *GROWN, claims=view().claims)])
    assert silent("cache-bounded", [_bulk(4, (0, 50, 10), (0.5, 60, 10), (9, 65, 10))])


def test_a_bound_that_nobody_claims_is_told_and_not_held_against_a_target() -> None:
    (breach,) = cache_bounded(_bulk(4, *GROWN))

    assert breach.level is Level.OBSERVE
    assert breach.message.endswith("; cache.max_bytes, which would bound it, is not claimed")


def test_an_unclaimed_cache_that_is_full_in_the_end_is_bounded() -> None:
    full = [(0, 50, 10), (0.5, 60, 10), (2.5, 100, 10), (4.5, 140, 10), (9, 142, 10)]
    grows = [*full[:-1], (9, 200, 10)]

    assert silent("cache-bounded", [_bulk(6, *full)])
    assert "memory grew by 100 MB while 27 MB" in message("cache-bounded", _bulk(6, *grows))


def test_what_grows_by_fits_and_starts_waits_for_a_collection_and_breaks_no_claimed_bound() -> None:
    fits = [(0, 50, 10), (0.5, 60, 10), (2.5, 100, 10), (4.5, 102, 10), (9, 142, 10)]
    grows = [*fits[:3], (4.5, 120, 10), (9, 142, 10)]

    assert silent("cache-bounded", [_bulk(6, *fits, claims=_bounded(4_000_000))])
    assert "memory grew by 42 MB" in message("cache-bounded", _bulk(6, *grows, claims=_bounded(4_000_000)))


def test_a_claimed_bound_is_held_against_the_target_with_room_for_copies() -> None:
    (breach,) = cache_bounded(_bulk(4, *GROWN, claims=_bounded(34_900_000)))

    assert breach.level is None
    assert breach.message.endswith("; cache.max_bytes is 34.9 MB")
    assert silent("cache-bounded", [_bulk(4, *GROWN, claims=_bounded(35_000_000))])


MIB = 1 << 20


def _unread(*heaps: tuple[float, float], pause_s: float = 6.0) -> CaseView:
    """A client that asks at 1 s and then does not read, beside what the heap held at those times, in MiB."""
    held = tuple(HeapSample(at_s=at_s, held_bytes=int(mib * MIB)) for at_s, mib in heaps)
    return view(client(answer(), at=1.0, moves={"read_pause_s": pause_s}), upstream(answer()), heaps=held)


def test_what_a_client_leaves_unread_may_fill_an_eighth_of_an_isolate() -> None:
    assert silent("memory-bounded", [_unread((0.9, 2.0), (1.5, 10.0), (2.0, 18.0))])

    told = _unread((0.9, 2.0), (1.5, 19.0), (2.0, 30.0), (6.5, 12.0))

    assert "unread" not in message("memory-bounded", told)
    assert "held 28 MiB more, behind a collection" in message("memory-bounded", told)
    assert breaches("memory-bounded", told)[0].evidence == (
        "2 MiB held -0.1 s from the request",
        "19 MiB held +0.5 s from the request",
        "30 MiB held +1.0 s from the request",
        "12 MiB held +5.5 s from the request",
    )


def test_what_a_worker_held_before_the_request_is_not_held_against_it() -> None:
    assert silent("memory-bounded", [_unread((0.5, 2.0), (0.9, 60.0), (1.5, 70.0))])


def test_what_is_held_while_the_client_reads_tells_nothing() -> None:
    late = _unread((0.9, 2.0), (1.5, 3.0), (7.1, 90.0))
    reading = _unread((0.9, 2.0), (1.5, 90.0), pause_s=0.0)
    unseen_before = _unread((1.5, 90.0))

    assert silent("memory-bounded", [late, reading, unseen_before])
