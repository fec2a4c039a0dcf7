"""The live page on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from harness.shell.live.server import LiveServer
from reports.live.events import EndEvent, SaidEvent
from reports.record import Verdict
from tests.reports.live.runs import CUT, GOOD, judged, started
from tests.reports.sample import case, laundered

END = EndEvent(at_s=9.0, shown_as=Verdict.FAIL, word="FAIL", says="FAIL · 1 failed")


class Client:
    """A server that runs, and somebody who asks it."""

    def __init__(self, server: LiveServer, port: int, session: aiohttp.ClientSession) -> None:
        self.server, self.port, self.session = server, port, session

    async def get(self, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        async with self.session.get(f"http://127.0.0.1:{self.port}{path}", headers=headers) as answer:
            return answer.status, await answer.text(), dict(answer.headers)


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Client]:
    server = LiveServer(report=tmp_path / "index.html", name="run")
    port = await server.start(0)
    async with aiohttp.ClientSession() as session:
        yield Client(server, port, session)
    await server.close()


async def heard(answer: aiohttp.ClientResponse, name: str) -> tuple[str, dict[str, object]]:
    """Read up to an event of that name; return its id and its data."""
    fields: dict[str, str] = {}
    async for line in answer.content:
        key, _, value = line.decode().rstrip("\n").partition(": ")
        if key:
            fields[key] = value
        elif fields.get("event") == name:
            return fields.get("id", ""), json.loads(fields["data"])
        else:
            fields = {}
    raise AssertionError(f"no {name} came before the end")


async def test_a_page_hears_what_happens_as_it_happens(live: Client) -> None:
    await live.server.take(started())
    async with live.session.get(f"http://127.0.0.1:{live.port}/events?after=run-0") as answer:
        await live.server.take(judged(case(GOOD)))
        _, first = await heard(answer, "case")
        await live.server.take(judged(laundered()))
        _, problems = await heard(answer, "problems")

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert first["anchor"] == GOOD
    assert "no-laundering" in str(problems["html"])


async def test_a_page_that_comes_back_misses_nothing_and_hears_nothing_twice(live: Client) -> None:
    url = f"http://127.0.0.1:{live.port}/events?after=run-0"
    await live.server.take(started())
    await live.server.take(judged(case(GOOD)))
    async with live.session.get(url) as answer:
        known, _ = await heard(answer, "case")
    await live.server.take(judged(laundered()))
    async with live.session.get(url, headers={"Last-Event-ID": known}) as answer:
        _, data = await heard(answer, "case")

    assert data["anchor"] == CUT


async def test_a_page_of_another_run_is_told_to_load_anew(live: Client) -> None:
    await live.server.take(started())
    async with live.session.get(f"http://127.0.0.1:{live.port}/events?after=gone-7") as answer:
        await heard(answer, "anew")
        assert await answer.content.read() == b""


async def test_a_page_asked_for_too_early_waits_for_the_run(live: Client) -> None:
    asked = asyncio.create_task(live.get("/"))
    await live.get("/report")  # by now the first request is there as well
    await live.server.take(started())
    status, text, _ = await asked

    assert status == 200
    assert "my-proxy" in text


async def test_a_case_and_the_report_are_there_when_they_are(live: Client, tmp_path: Path) -> None:
    await live.server.take(started())
    assert [(await live.get(path))[0] for path in (f"/cases/{CUT}", "/report", "/nothing")] == [404] * 3

    await live.server.take(judged(laundered()))
    (tmp_path / "index.html").write_text("<p>the report</p>", encoding="utf-8")

    assert '<svg class="wire"' in (await live.get(f"/cases/{CUT}"))[1]
    assert (await live.get("/report"))[1] == "<p>the report</p>"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "127.0.0.1", "localhost.evil.example:{port}", ""])
async def test_only_our_own_name_is_answered(live: Client, host: str) -> None:
    await live.server.take(started())
    status, text, _ = await live.get("/", Host=host.format(port=live.port))

    assert status in (400, 421)
    assert "my-proxy" not in text


async def test_a_target_that_names_no_host_is_refused(live: Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
    writer.write(f"GET http://[bad/ HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\n\r\n".encode())

    assert (await reader.readline()).split()[1] == b"400"
    writer.close()
    await writer.wait_closed()


async def test_a_page_of_elsewhere_gets_nothing(live: Client) -> None:
    await live.server.take(started())
    own = f"127.0.0.1:{live.port}"

    assert (await live.get("/events?after=x", Origin="http://evil.example"))[0] == 421
    status, _, headers = await live.get("/", Host=f"localhost:{live.port}", Origin=f"http://{own}")
    assert status == 200
    assert not [name for name in headers if name.lower().startswith("access-control-")]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_an_end_is_heard_before_the_server_goes(live: Client) -> None:
    await live.server.take(started())
    async with live.session.get(f"http://127.0.0.1:{live.port}/events?after=run-0") as answer:
        await live.server.take(SaidEvent(at_s=1.0, text="judging"))
        await heard(answer, "head")
        await live.server.take(END)
        closing = asyncio.create_task(live.server.close())
        _, head = await heard(answer, "head")
        assert head["over"] is True
        assert b"event: " not in await answer.content.read()
    await closing


async def test_a_run_that_never_began_is_told(live: Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
    writer.write(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\nExpect: 100-continue\r\n\r\n".encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")  # it has come to the server
    closing = asyncio.create_task(live.server.close())

    assert (await reader.readline()).startswith(b"HTTP/1.1 503")
    await closing
    writer.close()
    await writer.wait_closed()
