"""A target is ready once it answers, whatever it says, unless that is an error of its own."""

from __future__ import annotations

import asyncio

import pytest

from harness.shell.target.readiness import Readiness, accepts
from tests.harness.shell.raw_server import answering, raw_server


async def objection(wire: bytes, *, path: str | None = "/up") -> str:
    async with raw_server(answering(wire)) as url, Readiness(url, path) as readiness:
        return await readiness.objection()


async def closed_port() -> str:
    async with raw_server(answering(b"")) as url:
        return url


@pytest.mark.parametrize("status", [200, 302, 401, 404, 499])
async def test_any_answer_below_500_speaks_against_nothing(status: int) -> None:
    assert await objection(b"HTTP/1.1 %d X\r\ncontent-length: 0\r\n\r\n" % status) == ""


async def test_an_error_of_the_server_is_named() -> None:
    assert await objection(b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n") == "503"


async def test_an_answer_that_is_no_http_is_told() -> None:
    assert "hello" in await objection(b"hello\r\n\r\n")


async def test_what_closes_without_a_word_is_told_by_some_words() -> None:
    assert await objection(b"") != ""


async def test_without_a_path_an_open_port_is_enough() -> None:
    assert await objection(b"", path=None) == ""


async def test_a_closed_port_is_told_with_and_without_a_path() -> None:
    url = await closed_port()

    async with Readiness(url, None) as by_port, Readiness(url, "/up") as by_path:
        assert await by_port.objection() == "nothing accepts connections"
        assert await by_path.objection() == "nothing accepts connections"
    assert not await accepts(url)


async def test_one_that_becomes_ready_is_found_ready_by_the_same_asker() -> None:
    answers = iter([b"HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n", b"HTTP/1.1 200 X\r\ncontent-length: 0\r\n\r\n"])

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answering(next(answers))(reader, writer)

    async with raw_server(handle) as url, Readiness(url, "/up") as readiness:
        assert [await readiness.objection(), await readiness.objection()] == ["500", ""]
