"""In which order cases wait, what holds them back, and what lets them leave without being played."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from harness.core.judging.stalls import Stalls
from harness.drivers.conformance.line import Line
from scenarios.case import Case, Step
from scenarios.index import BY_ID
from scenarios.prompt import Prompt
from tests.harness.core.judging.test_stalls import case as stalled
from tests.harness.core.judging.test_stalls import seen, shown


def plain(name: str) -> Case:
    return Case(id=f"test.{name}", promise="", reference="", focus=("no-loss",))


async def taken(line: Line) -> list[str]:
    line.close()
    ids: list[str] = []
    while (case := await line.take()) is not None:
        ids.append(case.id)
    return ids


def line_of(*cases: Case, stalls: Stalls | None = None, spared: dict[str, str] | None = None) -> Line:
    known = {} if spared is None else spared
    return Line(cases, stalls=stalls or Stalls(), on_spared=lambda case, cause: known.update({case.id: cause}))


async def test_what_finds_known_defects_comes_before_what_finds_none() -> None:
    found = BY_ID["endings.cut-between-events-cleanly"]

    assert await taken(line_of(plain("a"), found)) == [found.id, "test.a"]


def paced(name: str, tokens: int) -> Case:
    return replace(plain(name), steps=(Step(prompt=Prompt(tokens=tokens, pace_s=0.2)),))


async def test_long_cases_come_before_short_ones_of_the_same_worth() -> None:
    long = paced("long", tokens=5)

    assert await taken(line_of(plain("short"), long)) == ["test.long", "test.short"]


async def test_another_lane_takes_the_short_ones_meanwhile() -> None:
    line = line_of(paced("long", tokens=5), plain("short"), paced("longer", tokens=6))

    assert await line.take(short=True) == plain("short")
    assert await taken(line) == ["test.longer", "test.long"]


async def test_who_finds_nothing_in_the_line_takes_what_waits_besides() -> None:
    line, besides = line_of(plain("own")), [paced("other", tokens=5), plain("short")]

    got = [await line.take(besides=besides) for _ in range(2)]

    assert got == [plain("own"), plain("short")]
    assert besides == [paced("other", tokens=5)]


async def test_what_takes_very_long_comes_first_so_that_nobody_waits_for_it_at_last() -> None:
    found, longest = BY_ID["endings.cut-between-events-cleanly"], paced("longest", tokens=40)

    assert await taken(line_of(found, longest)) == ["test.longest", found.id]


async def test_silences_come_first_because_others_learn_from_them() -> None:
    assert (await taken(line_of(plain("a"), stalled("silent"))))[0] == "test.silent"


async def test_silences_wait_for_their_turn_once_they_are_known_to_be_ended() -> None:
    stalls = Stalls()
    shown(stalls, stalled("one"), seen(ended=True))

    assert await taken(line_of(stalled("two"), paced("long", tokens=40), stalls=stalls)) == ["test.long", "test.two"]


async def test_a_case_is_held_back_until_the_one_that_finds_out_has_ended() -> None:
    stalls, spared = Stalls(), dict[str, str]()
    line = line_of(stalled("one"), stalled("two"), plain("a"), stalls=stalls, spared=spared)
    line.close()
    first = await line.take()
    assert first is not None
    stalls.begin(first)

    assert (await line.take()) == plain("a")
    waiting = asyncio.create_task(line.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    stalls.end(first, seen(ended=True))
    line.tell()

    assert (await waiting) == stalled("two")


async def test_what_is_known_leaves_the_line_with_its_reason() -> None:
    stalls, spared = Stalls(), dict[str, str]()
    shown(stalls, stalled("one"), seen(ended=False))

    assert await taken(line_of(stalled("two"), plain("a"), stalls=stalls, spared=spared)) == ["test.a"]
    assert "test.one showed" in spared["test.two"]


async def test_an_open_line_waits_for_more() -> None:
    line = line_of()
    waiting = asyncio.create_task(line.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    line.add([plain("late")])

    assert await waiting == plain("late")
