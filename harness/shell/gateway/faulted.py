"""One answer passed from upstream to the client as faults have it.

The one rule: it is the script that the mock would have played for that answer at that pace, played as far as it is
sure.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from fault_injection.apply import Served
from fault_injection.foresight import Foreseen, Foresight
from fault_injection.wire import ENDINGS, KEEP, Action, Close, Reset, Wait
from harness.core.gateway.live_answer import LiveAnswer
from harness.core.gateway.request_head import RequestHead
from harness.core.observed.history import UpstreamEnd
from harness.shell.gateway.relay import Pipe, Relayed
from harness.shell.gateway.upstream_side import UpstreamSide
from harness.shell.upstream.player import Played

_LEFT = Played(end=UpstreamEnd.PEER_LEFT, whole=False)


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
