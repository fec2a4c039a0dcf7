"""What several answers to one question began with goes out at once; what follows is upstream's own, or an error."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness.reference_proxy.stage import DONE, Answer, Connection, Stage, chat, piece, stage, streams

START = "It was a dark and stormy night; "
ON = {"cache_beginning_max_bytes": 1000, "cache_ttl_s": 10}


def tells(*texts: str) -> Answer:
    return streams(*(piece(text) for text in texts), piece("", finish="stop"), DONE)


@contextlib.asynccontextmanager
async def knowing(*ends: str, **settings: object) -> AsyncIterator[Stage]:
    """A proxy that has had these answers to one question, and keeps none of them any more."""
    async with stage(*(tells(START + end) for end in ends), **{**ON, **settings}) as on:
        for _ in ends:
            await on.ask(chat(stream=True))
            on.clock.advance(20)
        yield on


async def test_a_known_beginning_goes_out_with_the_first_piece_and_upstream_says_the_rest() -> None:
    more = asyncio.Event()

    async def slowly(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece(START[:3]))
        await more.wait()
        for text in (START[3:9], START[9:] + "the", " rain fell"):
            await connection.event(piece(text))
        for event in (piece("", finish="stop"), DONE):
            await connection.event(event)
        await connection.end()

    async with knowing("one.", "two.") as on:
        on.upstream.then(slowly)
        call = await on.call(chat(stream=True))
        await call.head()

        assert START.encode() in await call.chunk()
        more.set()
        rest = await call.rest()

    assert (call.headers["x-cache"], rest.text, rest.finishes) == ("PARTIAL", "the rain fell", ["stop"])
    assert rest.whole


async def test_the_whole_is_kept_as_upstream_said_it() -> None:
    async with knowing("one.", "two.") as on:
        on.upstream.then(tells("It", START[2:], "three."))
        ahead = await on.ask(chat(stream=True))
        kept = await on.ask(chat(stream=False))

    assert (ahead.text, ahead.headers["x-cache"]) == (START + "three.", "PARTIAL")
    assert (kept.json["choices"][0]["message"]["content"], kept.headers["x-cache"]) == (START + "three.", "HIT")


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        (tells("It was a ", "bright day."), START),
        (tells("It was", " a dark"), START),
        (streams(piece("It was"), piece(" a", finish="stop"), DONE), START),
        (streams(piece("It was"), piece("", tool_calls=[{"index": 0, "id": "c", "function": {"name": "f"}}])), START),
    ],
)
async def test_an_answer_that_goes_on_otherwise_is_an_error_and_the_beginning_is_forgotten(
    answer: Answer, came: str
) -> None:
    async with knowing("one.", "two.") as on:
        on.upstream.then(answer)
        differing = await on.ask(chat(stream=True))
        again = await on.ask(chat(stream=True))

    assert differing.events[-1]["error"]["code"] == "beginning_differs"
    assert (differing.whole, again.headers["x-cache"]) == (False, "MISS")
    assert "".join(each["choices"][0]["delta"].get("content", "") for each in differing.events[:-1]) == came


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (tells("Once upon a time."), "Once upon a time."),
        (tells(START + "and so on."), START + "and so on."),
        (streams(piece("It was short.", finish="stop"), DONE), "It was short."),
        (streams(piece("", finish="length", role="assistant"), DONE), ""),
    ],
)
async def test_an_answer_that_begins_otherwise_or_needs_no_help_is_passed_as_it_is(answer: Answer, said: str) -> None:
    async with knowing("one.", "two.") as on:
        on.upstream.then(answer)
        passed = await on.ask(chat(stream=True))

    assert (passed.text, passed.headers["x-cache"], passed.whole) == (said, "MISS", True)


@pytest.mark.parametrize(
    ("ends", "settings"),
    [
        (["one."], {}),
        (["one.", "two."], {"cache_beginning_max_bytes": 0}),
        (["one.", "two."], {"cache_beginning_max_bytes": 8}),
    ],
)
async def test_one_answer_makes_no_beginning_nor_do_a_few_letters_and_the_whole_is_off_unless_asked_for(
    ends: list[str], settings: dict[str, object]
) -> None:
    async with knowing(*ends, **settings) as on:
        on.upstream.then(tells("It", START[2:], "three."))
        plain = await on.ask(chat(stream=True))

    assert (plain.text, plain.headers["x-cache"]) == (START + "three.", "MISS")


@pytest.mark.parametrize("other", [{"temperature": 0.5}, {"seed": 2}])
async def test_a_beginning_belongs_to_its_question_alone(other: dict[str, Any]) -> None:
    async with knowing("one.", "two.") as on:
        on.upstream.then(tells("It", " is another."))
        answer = await on.ask(chat(stream=True, **other))
        stranger = await on.ask(chat(stream=True), Authorization="Bearer b")

    assert [answer.headers["x-cache"], stranger.headers["x-cache"]] == ["MISS", "MISS"]
    assert answer.text == stranger.text == "It is another."


async def test_who_goes_past_the_cache_gets_nothing_of_it() -> None:
    async with knowing("one.", "two.") as on:
        on.upstream.then(tells("It", " is fresh."))
        answer = await on.ask(chat(stream=True), Cache_Control="no-cache")

    assert (answer.text, answer.headers["x-cache"]) == ("It is fresh.", "BYPASS")


async def test_clearing_the_cache_clears_beginnings() -> None:
    async with knowing("one.", "two.") as on:
        await on.ask(b"", method="DELETE", path="/v1/cache")
        on.upstream.then(tells("It", START[2:], "three."))
        answer = await on.ask(chat(stream=True))

    assert answer.headers["x-cache"] == "MISS"
