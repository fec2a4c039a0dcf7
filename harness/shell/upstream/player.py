"""Performs a wire script on one connection.

The one rule: exactly what the script says and nothing more. The player knows no fault and no protocol; each Send is one
write, waits end at once when the peer has left, and nothing is sent before what came earlier has gone.

A write goes straight to the socket: loops that gather writes would need a turn for each, which takes longer than to
write. What the system does not take at once goes the loop's way, and is waited for.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from collections.abc import Callable, Coroutine
from itertools import groupby
from typing import NamedTuple

from fault_injection.wire import Action, Close, Ending, Keep, Reset, Send, Wait, WireScript
from harness.core.observed.history import UpstreamEnd

SHORT_BREATH_BYTES = 16_384
"""What is sent without a pause is one breath. One of at most this size counts as said once it has begun: the system
takes all of it, whether the peer reads or not, so a peer that leaves meanwhile has decided on what it had read, and the
history must not depend on which of the two was quicker."""
_MOST_IN_A_ROW = 16
"""Brisk sends before others on the loop have a turn; it also shows whether the peer has left."""
_LINGER_S = 2.0
"""How long an unread request is swallowed after a close, so that the answer is not lost to an RST (RFC 9112 §9.6)."""


class Line:
    """The sending half of a connection: writes with backpressure, and knows when the peer has left.

    The transport's high-water mark is zero, so that `drained` means "handed to the system": every Send becomes a
    segment of its own as far as the system lets it, and a peer that does not read stops the player.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.lingers = False
        """Whether bytes of the peer's are still coming that nobody will read."""
        self._transport = transport
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._holds_bytes = False
        self._left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._silence: asyncio.Future[None] | None = None
        self._in_a_row = 0
        self._descriptor: int | None = None
        transport.set_write_buffer_limits(high=0)
        pseudo_socket = transport.get_extra_info("socket")
        if pseudo_socket is not None and pseudo_socket.family in (socket.AF_INET, socket.AF_INET6):
            pseudo_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if sys.platform != "win32" and transport.get_extra_info("sslcontext") is None:
                self._descriptor = pseudo_socket.fileno()

    @property
    def peer_left(self) -> bool:
        """Whether the peer has closed or reset the connection."""
        return self._left.done()

    @property
    def left(self) -> asyncio.Future[None]:
        """Done once the peer has closed or reset the connection; to be waited for, not to be cancelled."""
        return self._left

    @property
    def is_blocked(self) -> bool:
        """Whether bytes are waiting for the peer to read."""
        return not self._may_write.is_set()

    def note_peer_left(self) -> None:
        """Take note that the peer has gone; whatever waits, wakes."""
        if not self._left.done():
            self._left.set_result(None)
        self._may_write.set()
        self.hurry()

    def pause(self) -> None:
        """Take note that the system takes no more for now."""
        self._holds_bytes = True
        if not self.peer_left:
            self._may_write.clear()

    def resume(self) -> None:
        """Take note that all written bytes have gone."""
        self._holds_bytes = False
        self._may_write.set()

    async def send(self, data: bytes) -> bool:
        """Write in one piece; return True once the system has all of it, False when the peer left before that.

        Others on the loop have a turn behind it, and whoever reads has that time.
        """
        if self._left.done():
            return False
        return await self._turn(self._written_straight(data))

    def send_briskly(self, data: bytes) -> Coroutine[None, None, bool] | None:
        """Write in one piece, the peer being there; return what to wait for, as for `send`, or None: for nothing.

        Others on the loop have a turn now and then.
        """
        untaken = self._written_straight(data)
        if untaken or self._in_a_row >= _MOST_IN_A_ROW:
            return self._turn(untaken)
        self._in_a_row += 1
        return None

    async def _turn(self, untaken: bytes | memoryview) -> bool:
        self._in_a_row = 0
        if untaken:
            self._transport.write(untaken)
        await asyncio.sleep(0)  # a write of its own also on loops that gather writes
        if not untaken:
            return True
        await self._may_write.wait()
        return not self._holds_bytes

    def _written_straight(self, data: bytes) -> bytes | memoryview:
        """Give the system as much as it takes at once; return the rest, which is all of it where something is queued.

        An error is left to the transport, which finds it again and tells of it as of any other.
        """
        transport, descriptor = self._transport, self._descriptor
        # A closed transport's descriptor may be somebody else's by now.
        if descriptor is None or transport.is_closing() or transport.get_write_buffer_size():
            return data
        try:
            taken_bytes = os.write(descriptor, data)
        except OSError:  # would block, or a broken connection
            return data
        return b"" if taken_bytes == len(data) else memoryview(data)[taken_bytes:]

    def hurry(self) -> None:
        """Let the silence that is on be over at once."""
        if self._silence is not None and not self._silence.done():
            self._silence.set_result(None)

    async def silence(self, seconds: float) -> bool:
        """Return True after `seconds`, or False at once when the peer leaves."""
        self._in_a_row = 0
        if not self.peer_left:
            loop = asyncio.get_running_loop()
            self._silence = loop.create_future()
            timer = loop.call_later(seconds, self.hurry)
            try:
                await self._silence
            finally:
                timer.cancel()
                self._silence = None
        return not self.peer_left

    def close(self) -> None:
        """End with a FIN after everything sent has left."""
        if self.lingers and not self.peer_left and self._transport.can_write_eof():
            self._transport.write_eof()
            asyncio.get_running_loop().call_later(_LINGER_S, self._transport.close)
        else:
            self._transport.close()

    def reset(self) -> None:
        """End with an RST, throwing away what has not been read (SO_LINGER of 0)."""
        pseudo_socket = self._transport.get_extra_info("socket")
        if pseudo_socket is not None and not self._transport.is_closing():
            pseudo_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


class Played(NamedTuple):
    """How a performance ended, and whether every action of the script was performed."""

    end: UpstreamEnd
    whole: bool


async def play(
    script: WireScript,
    line: Line,
    on_sent: Callable[[bytes], None],
    on_taken: Callable[[], None] = lambda: None,
    *,
    brisk: bool = False,
) -> Played:
    """Perform the script; `on_sent` is called as each Send is handed over, `on_taken` once the system has all of it.

    `brisk` is for an answer in which no fault wants its pieces to be read one by one.

    A peer that leaves once it has been given everything has not cut anything short: the ending is performed. The same
    holds for one that leaves in the middle of a short breath (see `SHORT_BREATH_BYTES`): it stood before the whole of
    it, and how much of it had been written by then is chance.
    """
    untold = False  # whether `on_taken` is due: nobody can look before the loop's next turn
    heard_at = -1  # the last Send since a wait that has gone out
    peer_left, send = line.left.done, line.send_briskly if brisk else line.send
    for at, action in enumerate(script):
        if isinstance(action, Send):  # nearly all are
            data = action.data
            if not data:
                continue
            if peer_left():
                if not _is_heard(script, heard_at):
                    break
                on_sent(data)
                on_taken()
                continue
            on_sent(data)
            waiting = send(data)
            untold = waiting is None
            if waiting is not None:
                if not await waiting:
                    break
                on_taken()
            heard_at = at
            continue
        if untold:
            on_taken()
            untold = False
        if isinstance(action, Wait):
            if not await line.silence(action.seconds):
                break
            heard_at = -1
            continue
        if isinstance(action, Reset) and line.peer_left and not _is_heard(script, heard_at):
            break
        return Played(end=_ended(action, line), whole=True)
    return Played(end=UpstreamEnd.PEER_LEFT, whole=False)


def _ended(ending: Ending, line: Line) -> UpstreamEnd:
    match ending:
        case Keep():
            return UpstreamEnd.KEPT
        case Close():
            line.close()
            return UpstreamEnd.CLOSED
        case Reset():
            line.reset()
            return UpstreamEnd.RESET


def _is_heard(script: WireScript, heard_at: int) -> bool:
    """Say whether what stands behind a Send is said even to a peer that has left."""
    return heard_at >= 0 and _in_short_breaths(script)[heard_at]


def _in_short_breaths(script: WireScript) -> list[bool]:
    """Say of each action whether it belongs to a short breath: what lies between two waits."""
    short: list[bool] = []
    for silent, actions in groupby(script, key=_is_wait):
        sizes_bytes = [len(action.data) if isinstance(action, Send) else 0 for action in actions]
        short += [not silent and sum(sizes_bytes) <= SHORT_BREATH_BYTES] * len(sizes_bytes)
    return short


def _is_wait(action: Action) -> bool:
    return isinstance(action, Wait)
