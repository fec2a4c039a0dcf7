"""One answer passed from upstream to the client untouched.

The one rule: it is passed on in the very pieces in which it came, each the moment it comes, and at most one more is
read before the client's system has taken the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from fault_injection.apply import Served
from fault_injection.wire import WireScript
from harness.core.gateway.request_head import RequestHead
from harness.core.observed.history import UpstreamEnd
from harness.core.observed.http_reader import ResponseReader
from harness.shell.gateway.upstream_side import UpstreamSide
from harness.shell.upstream.player import Line, Played, play

OnSent = Callable[[bytes], None]
OnTaken = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """How an answer ended. `upgraded` says that the connection now speaks another protocol; `status` is upstream's own,
    None where it was not asked; `served` is what came of the faults; `problem` is what went wrong in the gateway."""

    played: Played
    upgraded: bool = False
    status: int | None = None
    served: Served | None = None
    struck_s: float | None = None
    asked_upstream: bool = True
    problem: str = ""


@dataclass(slots=True, kw_only=True)
class Pipe:
    """The client's line and who hears of what is sent on it."""

    line: Line
    on_sent: OnSent
    on_taken: OnTaken

    def begin(self, data: bytes) -> Coroutine[None, None, bool] | None:
        """Pass one piece on, the client being there; return what to wait for, as `Line.send_briskly` does, before it is
        told to be taken."""
        self.on_sent(data)
        waiting = self.line.send_briskly(data)
        if waiting is not None:
            return waiting
        self.on_taken()
        return None

    async def finish(self, waiting: Coroutine[None, None, bool]) -> bool:
        """Wait for what `begin` has returned; False when the client left first."""
        if not await waiting:
            return False
        self.on_taken()
        return True

    async def send(self, data: bytes) -> bool:
        """Pass one piece on as soon as it has come; False when the client left first."""
        if self.line.peer_left:
            return False
        waiting = self.begin(data)
        return waiting is None or await self.finish(waiting)

    async def play(self, script: WireScript) -> Played:
        """Perform a script."""
        return await play(script, self.line, self.on_sent, self.on_taken)


async def pass_on(head: RequestHead, upstream: UpstreamSide, pipe: Pipe) -> Relayed:
    """Pass one answer on as it comes, interim answers and trailers included.

    One behind which the connection stays ends with it; any other ends as upstream ends the connection.
    """
    reader = ResponseReader(head.method, version=head.version)
    passing = _Passing(reader, pipe)
    try:
        while True:
            try:
                data = await upstream.pour(passing.piece, unless=pipe.line.left)
            except OSError:
                pipe.line.reset()
                return _ended(UpstreamEnd.RESET, reader)
            if data is None:
                return _ended(UpstreamEnd.PEER_LEFT, reader, whole=False)
            if not data:
                pipe.line.close()
                return _ended(UpstreamEnd.CLOSED, reader)
            if not await passing.is_taken():
                return _ended(UpstreamEnd.PEER_LEFT, reader, whole=False)
            if reader.head_done and reader.status == 101:
                return Relayed(played=Played(end=UpstreamEnd.KEPT, whole=True), upgraded=True, status=101)
            if reader.complete and reader.keeps and head.keeps and not reader.surplus_bytes:
                return _ended(UpstreamEnd.KEPT, reader)
    finally:
        passing.drop()


class _Passing:
    """Passes pieces on the moment they come, without a turn of the loop, and looks at each once it is under way."""

    def __init__(self, reader: ResponseReader, pipe: Pipe) -> None:
        self._reader = reader
        self._pipe = pipe
        self._left = False
        self._waiting: Coroutine[None, None, bool] | None = None

    def piece(self, data: bytes) -> bool:
        """Pass one on; False when no other one may follow before somebody has looked what has become of it."""
        pipe, reader = self._pipe, self._reader
        if pipe.line.peer_left:
            self._left = True
            return False
        self._waiting = pipe.begin(data)
        reader.feed(data)
        reader.take()
        return self._waiting is None and not reader.complete and reader.status != 101

    async def is_taken(self) -> bool:
        """Return once the system has all of the last one; False when the client left first."""
        waiting, self._waiting = self._waiting, None
        return not self._left and (waiting is None or await self._pipe.finish(waiting))

    def drop(self) -> None:
        """Wait for nothing any more."""
        if self._waiting is not None:
            self._waiting.close()


def _ended(end: UpstreamEnd, reader: ResponseReader, *, whole: bool = True) -> Relayed:
    status = reader.status if reader.head_done else None
    return Relayed(played=Played(end=end, whole=whole), status=status)
