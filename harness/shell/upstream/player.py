"""Performs a wire script on one connection.

The one rule: exactly what the script says and nothing more. The player knows no fault and no protocol; each Send is one
write, waits end at once when the peer has left, and nothing is sent before what came earlier has gone.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from fault_injection.wire import Close, Keep, Reset, Send, Wait, WireScript
from harness.core.observed.history import UpstreamEnd

SHORT_BREATH_BYTES = 16_384
"""What is sent without a pause is one breath. One of at most this size counts as said once it has begun: the system
takes all of it, whether the peer reads or not, so a peer that leaves meanwhile has decided on what it had read, and the
history must not depend on which of the two was quicker."""
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
        self._hurried: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        transport.set_write_buffer_limits(high=0)
        pseudo_socket = transport.get_extra_info("socket")
        if pseudo_socket is not None and pseudo_socket.family in (socket.AF_INET, socket.AF_INET6):
            pseudo_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

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
        """Write in one piece; return True once the system has all of it, False when the peer left before that."""
        if self.peer_left:
            return False
        self._transport.write(data)
        await asyncio.sleep(0)  # a write of its own also on loops that gather writes
        await self._may_write.wait()
        return not self._holds_bytes

    def hurry(self) -> None:
        """Let the silence that is on be over at once."""
        self._hurried.set_result(None)
        self._hurried = asyncio.get_running_loop().create_future()

    async def silence(self, seconds: float) -> bool:
        """Return True after `seconds`, or False at once when the peer leaves."""
        if not self.peer_left:
            waiting = {self._left, self._hurried}
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a performance ended, and whether every action of the script was performed."""

    end: UpstreamEnd
    whole: bool


async def play(
    script: WireScript, line: Line, on_sent: Callable[[bytes], None], on_taken: Callable[[], None] = lambda: None
) -> Played:
    """Perform the script; `on_sent` is called as each Send is handed over, `on_taken` once the system has all of it.

    A peer that leaves once it has been given everything has not cut anything short: the ending is performed. The same
    holds for one that leaves in the middle of a short breath (see `SHORT_BREATH_BYTES`): it stood before the whole of
    it, and how much of it had been written by then is chance.
    """
    heard = False  # of a short breath, whose rest the peer has not stopped by leaving
    for action, short in zip(script, _in_short_breaths(script), strict=True):
        gone = line.peer_left and not heard
        match action:
            case Send(data=b""):
                continue
            case Send(data=data):
                if gone:
                    break
                on_sent(data)
                if not line.peer_left and not await line.send(data):
                    break
                on_taken()
                heard = short
            case Wait(seconds=seconds):
                if not await line.silence(seconds):
                    break
                heard = False
            case Keep():
                return Played(end=UpstreamEnd.KEPT, whole=True)
            case Close():
                line.close()
                return Played(end=UpstreamEnd.CLOSED, whole=True)
            case Reset():
                if gone:
                    break
                line.reset()
                return Played(end=UpstreamEnd.RESET, whole=True)
    return Played(end=UpstreamEnd.PEER_LEFT, whole=False)


def _in_short_breaths(script: WireScript) -> Iterator[bool]:
    """Say of each action whether it belongs to a short breath: what lies between two waits."""
    for silent, actions in groupby(script, key=lambda action: isinstance(action, Wait)):
        breath = tuple(actions)
        size_bytes = sum(len(action.data) for action in breath if isinstance(action, Send))
        yield from (not silent and size_bytes <= SHORT_BREATH_BYTES for _ in breath)
