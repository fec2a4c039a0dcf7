"""A search plays on a ground from its thread, and is ended between two cases."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from fault_injection.families import sse_ends
from harness.drivers.properties.ground import Ground, SearchEnd
from harness.shell.target.targets import load
from harness.shell.watching.punctual import Lateness
from reports.record import Verdict
from scenarios.case import Step, Upstream
from scenarios.case_file import found_case
from tests.harness.drivers.properties.grounds import PLAYS_AT_MOST, broken, ground
from tests.targets.trial import right, wrong

PLAIN = found_case("search.plain", [Step()])
CUT = found_case(
    "search.cut", [Step()], [Upstream(faults=(sse_ends.Truncate(after=2, end="clean"),), must_strike=False)]
)


async def examined(on: Ground) -> list[str]:
    found = await asyncio.to_thread(on.examine, CUT, kind="search")
    return [failure.finding.invariant for failure in found]


async def test_what_a_case_breaks_comes_back_and_is_kept(tmp_path: Path) -> None:
    async with ground(wrong("always-done"), tmp_path) as on:
        found: list[str] = []
        plays = 0
        while not found and plays < PLAYS_AT_MOST:  # nothing is found while the harness is late
            found, plays = await examined(on), plays + 1

        assert "no-laundering" in found
        assert {key[0] for key, _ in on.failures} == set(found)
        assert on.take_count() == plays
        assert on.take_count() == 0


async def test_what_has_been_told_is_not_told_again(tmp_path: Path) -> None:
    async with ground(wrong("always-done"), tmp_path) as on:
        await broken(on, CUT, "no-laundering")
        on.turn(on.ends_s)

        assert await examined(on) == []


async def test_the_same_case_again_asks_new_questions(tmp_path: Path) -> None:
    async with ground(load(str(right("cache"))), tmp_path) as on:
        for _ in range(2):
            await asyncio.to_thread(on.play, PLAIN)

        calls = on.lane.server.journal.exchanges(surface="ai")
        assert len({call.nonce for call in calls if b"tokens=3" not in call.body}) >= 2


async def test_a_search_takes_none_of_the_threads_that_judging_needs(tmp_path: Path) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
    async with ground(load(str(right("pipe"))), tmp_path) as on:

        def search() -> None:
            on.examine(PLAIN, kind="search")

        await on.work(search)

        assert on.take_count() == 1


async def test_a_search_whose_time_is_over_ends(tmp_path: Path) -> None:
    async with ground(load(str(right("pipe"))), tmp_path, ends_s=0.0) as on:
        with pytest.raises(SearchEnd):
            await asyncio.to_thread(on.play, PLAIN)

        tried = await asyncio.to_thread(lambda: on.play(PLAIN, to_the_end=True))
        assert tried.result.verdict is Verdict.PASS


async def test_a_search_that_is_stopped_ends_whatever_it_wanted(tmp_path: Path) -> None:
    async with ground(load(str(right("pipe"))), tmp_path) as on:
        on.stop()

        with pytest.raises(SearchEnd):
            await asyncio.to_thread(lambda: on.play(PLAIN, to_the_end=True))


async def test_what_went_wrong_while_the_harness_stood_still_is_nobodys_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lateness, "worst_since", lambda *_: 9.0)
    async with ground(wrong("always-done"), tmp_path) as on:
        assert await examined(on) == []


async def test_a_target_that_answers_no_more_is_not_blamed_for_it_in_the_next_case(tmp_path: Path) -> None:
    cut = found_case("search.cut", [Step()], [Upstream(faults=(sse_ends.Truncate(after=2),), must_strike=False)])
    target = wrong("loses-permits")
    async with ground(replace(target, limits=replace(target.limits, deadline_s=0.5)), tmp_path) as on:
        hung = await asyncio.to_thread(lambda: on.play(cut, to_the_end=True))
        next_one = await asyncio.to_thread(lambda: on.play(PLAIN, to_the_end=True))

    assert "alive-after" in {finding.invariant for finding in hung.result.findings}
    assert next_one.result.verdict is Verdict.PASS


async def test_whether_a_target_still_answers_is_not_asked_where_nobody_wants_to_know(tmp_path: Path) -> None:
    async with ground(load(str(right("pipe"))), tmp_path) as on:
        tried = await asyncio.to_thread(lambda: on.play(PLAIN, asks_after=False))

        assert tried.view is not None
        assert tried.view.alive is None
        assert len(on.lane.server.journal.exchanges(surface="ai")) == 1


def test_the_time_to_make_a_failure_small_is_given_once() -> None:
    on = Ground(
        lane=None, trials=None, loop=None, failures=None, on_view=None, ends_s=0.0,  # type: ignore[arg-type]  # no play
    )  # fmt: skip

    on.give_time(10)
    first_s = on.ends_s
    for _ in range(5):
        on.give_time(10)

    assert on.ends_s - first_s <= 15
    assert on.grace_s == pytest.approx(0, abs=0.001) or on.grace_s < 15
