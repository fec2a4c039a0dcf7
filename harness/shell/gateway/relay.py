"""One answer passed from upstream to the client: untouched, or as faults have it.

The one rule: an untouched answer is passed on in the very pieces in which it came, and at most one more is read before
the client's system has taken the last one. A faulted one is the script that the mock would have played for that answer at
that pace, played as far as it is sure.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from fault_injection.apply import Served
from fault_injection.foresight import Foreseen, Foresight
from fault_injection.wire import ENDINGS, KEEP, Action, Close, Reset, Wait, WireScript
from harness.core.gateway.live_answer import LiveAnswer
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


class Faulted:
    """One answer under faults, while it comes. Once they are called off it waits no more."""

    def __init__(
        self, head: RequestHead, foresight: Foresight, pipe: Pipe, *, is_called_off: Callable[[], bool]
    ) -> None:
        self._is_called_off = is_called_off
        self._head = head
        self._foresight = foresight
        self._pipe = pipe
        self._due_s = time.monotonic()
        self._performed: list[Action] = []
        self._played: list[Action] = []
        self._came = asyncio.Event()
        self._upstream_end: UpstreamEnd | None = None
        self._struck_s: float | None = None

    async def without_upstream(self, foreseen: Foreseen) -> Relayed:
        """Play what is sure whatever upstream would answer."""
        self._struck_s = time.monotonic()
        played = await self._perform(foreseen.actions)
        return self._relayed(played or _LEFT, foreseen.served, status=None, asked_upstream=False)

    async def passed_on(self, upstream: UpstreamSide) -> Relayed:
        """Pass upstream's answer on under its faults."""
        answer = LiveAnswer(self._head.method, version=self._head.version, asked_s=time.monotonic())
        self._due_s = self._struck_s = time.monotonic()
        reading = asyncio.get_running_loop().create_task(self._read(answer, upstream))
        try:
            return await self._play(answer)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, answer: LiveAnswer, upstream: UpstreamSide) -> None:
        """Take in the answer as it comes, so that its times are upstream's own whatever is played meanwhile."""
        end: UpstreamEnd | None = None
        while end is None:
            try:
                data = await upstream.receive(unless=self._pipe.line.left)
            except OSError:
                end = UpstreamEnd.RESET
                break
            if data:
                answer.feed(data, time.monotonic())
            if not data:
                end = UpstreamEnd.CLOSED if data is not None else UpstreamEnd.PEER_LEFT
            elif answer.is_complete and answer.keeps:
                end = UpstreamEnd.KEPT
            elif answer.is_complete or answer.is_unreadable or answer.is_too_long:
                end = UpstreamEnd.CLOSED
            self._came.set()
        self._upstream_end = end
        self._came.set()

    async def _play(self, answer: LiveAnswer) -> Relayed:
        while True:
            await self._came.wait()
            self._came.clear()
            ended = self._upstream_end
            if ended is UpstreamEnd.PEER_LEFT:
                return self._left(answer)
            if ended is not None:
                break
            if not answer.has_head:
                continue
            foreseen = self._foresight.so_far(answer.so_far())
            played = await self._perform(self._fresh(foreseen.actions))
            if played is not None and foreseen.served is None and not played.whole:
                return self._left(answer)
            if played is not None:
                return self._relayed(played, foreseen.served, status=answer.so_far().status)
        return await self._finish(answer, ended)

    async def _finish(self, answer: LiveAnswer, ended: UpstreamEnd) -> Relayed:
        if not answer.has_head:  # upstream said nothing that faults could strike
            cut = await self._pipe.play((Reset() if ended is UpstreamEnd.RESET else Close(),))
            return self._relayed(cut, None, status=None)
        served = self._foresight.of_whole(answer.whole(ended))
        rest, problem = self._fresh(served.script), ""
        if rest is None:
            rest, problem = (Close(),), "a fault took back what was sure; the answer was cut"
        elif answer.is_too_long:
            problem = "an answer under a fault was longer than is kept, and was cut"
        played = await self._perform(rest)
        return self._relayed(played or _LEFT, served, status=answer.so_far().status, problem=problem)

    def _left(self, answer: LiveAnswer) -> Relayed:
        """Tell of an answer whose client left, often for what a fault has done to it."""
        if not answer.has_head:
            return self._relayed(_LEFT, None, status=None)
        reply = answer.so_far()
        return self._relayed(_LEFT, self._foresight.of_part(reply, self._played), status=reply.status)

    def _fresh(self, actions: Sequence[Action]) -> tuple[Action, ...] | None:
        """Return what has not been performed yet; None when it does not begin with what has."""
        done = len(self._performed)
        if list(actions[:done]) != self._performed[: len(actions)]:
            return None
        return tuple(actions[done:])

    async def _perform(self, actions: Sequence[Action] | None) -> Played | None:
        """Play actions on the script's own timeline; None when it is not over yet.

        Waits are upstream's own and those of faults alike, so that a moment is the sum of all that come before it.
        """
        breath: list[Action] = []
        for action in actions or ():
            self._performed.append(action)
            if isinstance(action, Wait):
                if breath and (played := await self._breathe(breath)) is not None:
                    return played
                self._played += (*breath, action)
                breath = []
                self._due_s += action.seconds
            else:
                breath.append(action)
        if breath and (played := await self._breathe(breath)) is not None:
            return played
        self._played += breath
        return None

    async def _breathe(self, breath: list[Action]) -> Played | None:
        left_s = self._due_s - time.monotonic()
        wait = (Wait(left_s),) if left_s > 0 and not self._is_called_off() else ()
        over = isinstance(breath[-1], ENDINGS)
        played = await self._pipe.play((*wait, *breath, *(() if over else (KEEP,))))
        return played if over or not played.whole else None

    def _relayed(
        self,
        played: Played,
        served: Served | None,
        *,
        status: int | None,
        asked_upstream: bool = True,
        problem: str = "",
    ) -> Relayed:
        return Relayed(
            played=played,
            status=status,
            served=served,
            struck_s=self._struck_s,
            asked_upstream=asked_upstream,
            problem=problem,
        )


_LEFT = Played(end=UpstreamEnd.PEER_LEFT, whole=False)
