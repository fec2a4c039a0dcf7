"""Scripts performed on a transport that a test controls."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from fault_injection.wire import Action, Close, Keep, Reset, Send, Wait, WireScript
from harness.core.observed.history import UpstreamEnd
from harness.shell.upstream.player import SHORT_BREATH_BYTES, Line, Played, play

FOREVER_S = 3600.0
LONG = b"x" * SHORT_BREATH_BYTES


class FakeTransport:
    """Writes down what is done to it."""

    line: Line

    def __init__(self) -> None:
        self.done: list[str] = []

    def write(self, data: bytes) -> None:
        self.done.append(f"write {data.decode()}")

    def close(self) -> None:
        self.done.append("close")

    def abort(self) -> None:
        self.done.append("abort")

    def write_eof(self) -> None:
        self.done.append("eof")

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int) -> None:
        self.done.append(f"high water {high}")

    def get_extra_info(self, name: str) -> None:
        """There is no socket under it."""


def line_on(transport: FakeTransport) -> Line:
    return Line(cast("asyncio.Transport", transport))


async def perform(script: WireScript) -> tuple[Played, list[str], list[bytes]]:
    transport = FakeTransport()
    sent: list[bytes] = []
    played = await play(script, line_on(transport), sent.append)
    return played, transport.done[1:], sent


@pytest.mark.parametrize(
    ("ending", "end", "done"),
    [
        (Keep(), UpstreamEnd.KEPT, []),
        (Close(), UpstreamEnd.CLOSED, ["close"]),
        (Reset(), UpstreamEnd.RESET, ["abort"]),
    ],
    ids=["keep", "close", "reset"],
)
async def test_a_script_is_performed_in_order(ending: Action, end: UpstreamEnd, done: list[str]) -> None:
    played, seen, sent = await perform((Send(b"one"), Wait(0.0), Send(b""), Send(b"two"), ending))

    assert played == Played(end=end, whole=True)
    assert seen == ["write one", "write two", *done]
    assert sent == [b"one", b"two"]


async def test_what_the_system_has_taken_is_told_behind_what_was_sent() -> None:
    told: list[bytes] = []

    await play((Send(b"one"), Send(b"two"), Keep()), line_on(FakeTransport()), told.append, lambda: told.append(b"-"))

    assert told == [b"one", b"-", b"two", b"-"]


async def test_what_a_peer_does_not_read_is_not_taken() -> None:
    line, taken = line_on(FakeTransport()), asyncio.Event()
    line.pause()

    playing = asyncio.ensure_future(play((Send(b"one"), Keep()), line, lambda _: None, taken.set))
    await asyncio.sleep(0)
    line.note_peer_left()
    await playing

    assert not taken.is_set()


async def test_the_high_water_mark_is_zero() -> None:
    transport = FakeTransport()

    line_on(transport)

    assert transport.done == ["high water 0"]


async def test_a_peer_that_left_before_gets_nothing() -> None:
    transport = FakeTransport()
    line = line_on(transport)
    line.note_peer_left()

    played = await play((Send(b"one"), Close()), line, lambda _: None)
    await line.send(b"more")

    assert played == Played(end=UpstreamEnd.PEER_LEFT, whole=False)
    assert transport.done == ["high water 0"]


class LeavingTransport(FakeTransport):
    """Its peer goes as soon as it has got something."""

    def write(self, data: bytes) -> None:
        super().write(data)
        self.line.note_peer_left()


@pytest.mark.parametrize(
    ("script", "played"),
    [
        ((Send(b"all"), Keep()), Played(end=UpstreamEnd.KEPT, whole=True)),
        ((Send(b"all"), Send(b""), Close()), Played(end=UpstreamEnd.CLOSED, whole=True)),
        ((Send(b"all"), Reset()), Played(end=UpstreamEnd.RESET, whole=True)),
        ((Send(b"all"), Wait(0.0), Keep()), Played(end=UpstreamEnd.PEER_LEFT, whole=False)),
        ((Send(b"all"), Send(LONG), Keep()), Played(end=UpstreamEnd.PEER_LEFT, whole=False)),
    ],
    ids=["keep", "close", "reset", "silence", "more-than-a-breath"],
)
async def test_a_peer_that_leaves_with_everything_has_cut_nothing_short(script: WireScript, played: Played) -> None:
    transport = LeavingTransport()
    transport.line = line_on(transport)

    assert await play(script, transport.line, lambda _: None) == played
    assert [done for done in transport.done if done.startswith("write")] == ["write all"]


async def test_a_short_breath_is_said_to_its_end_whenever_the_peer_leaves_in_it() -> None:
    script = (Send(b"head"), Send(b"body"), Send(b"end"), Keep())
    told = []
    for transport in (FakeTransport(), LeavingTransport()):
        transport.line = line_on(transport)
        sent: list[bytes] = []
        told.append((await play(script, transport.line, sent.append), sent))

    assert told == [(Played(end=UpstreamEnd.KEPT, whole=True), [b"head", b"body", b"end"])] * 2


async def test_behind_a_wait_another_breath_begins() -> None:
    transport = LeavingTransport()
    transport.line = line_on(transport)
    sent: list[bytes] = []

    await play((Send(b"one"), Send(b"two"), Wait(FOREVER_S), Send(b"three"), Keep()), transport.line, sent.append)

    assert sent == [b"one", b"two"]


async def test_a_short_breath_that_is_not_read_is_not_said() -> None:
    line = line_on(FakeTransport())
    sent: list[bytes] = []
    line.pause()

    playing = asyncio.ensure_future(play((Send(b"one"), Send(b"two"), Keep()), line, sent.append))
    await asyncio.sleep(0)
    line.note_peer_left()

    assert (await playing).end is UpstreamEnd.PEER_LEFT
    assert sent == [b"one"]


async def test_a_wait_ends_when_the_peer_leaves() -> None:
    transport = FakeTransport()
    line = line_on(transport)
    playing = asyncio.ensure_future(play((Send(b"one"), Wait(FOREVER_S), Send(b"two"), Keep()), line, lambda _: None))
    while len(transport.done) < 2:  # noqa: ASYNC110 - a fake has no event
        await asyncio.sleep(0)

    line.note_peer_left()

    assert await playing == Played(end=UpstreamEnd.PEER_LEFT, whole=False)
    assert transport.done[1:] == ["write one"]
    await line.silence(FOREVER_S)  # at once


async def test_a_blocked_send_holds_the_rest_back() -> None:
    transport = FakeTransport()
    line = line_on(transport)
    line.pause()
    playing = asyncio.ensure_future(play((Send(b"one"), Send(b"two"), Keep()), line, lambda _: None))
    for _ in range(10):
        await asyncio.sleep(0)
    while_blocked = list(transport.done)
    line.resume()

    assert await playing == Played(end=UpstreamEnd.KEPT, whole=True)
    assert while_blocked[1:] == ["write one"]
    assert transport.done[1:] == ["write one", "write two"]


async def test_a_blocked_send_ends_when_the_peer_leaves() -> None:
    line = line_on(FakeTransport())
    line.pause()
    playing = asyncio.ensure_future(play((Send(b"one"), Keep()), line, lambda _: None))
    await asyncio.sleep(0)
    assert not playing.done()

    line.note_peer_left()
    line.pause()

    assert await playing == Played(end=UpstreamEnd.PEER_LEFT, whole=False)
    assert not await line.send(b"two")


async def test_a_close_over_an_unread_request_lingers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.shell.upstream.player._LINGER_S", 0.0)
    transport = FakeTransport()
    line = line_on(transport)
    line.lingers = True

    await play((Send(b"413"), Close()), line, lambda _: None)
    at_once = list(transport.done)
    while len(transport.done) == len(at_once):  # noqa: ASYNC110 - the same
        await asyncio.sleep(0)

    assert at_once[1:] == ["write 413", "eof"]
    assert transport.done[-1] == "close"
