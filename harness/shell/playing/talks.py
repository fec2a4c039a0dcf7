"""The conversations of one case: what is done in them besides asking by HTTP, and the WebSockets of those.

The one rule: it does what a step says and writes down what happens; every WebSocket is closed when the case is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from fault_injection.client import ClientMoves
from harness.core.observed.history import ClientExchange, Visit
from harness.core.target.sessions import Sessions, path_of
from harness.shell.client.client import ask
from harness.shell.client.messages import Place
from harness.shell.client.transcript import Ask
from harness.shell.playing.asker import Asker, Copy
from harness.shell.playing.lane import Lane
from harness.shell.playing.speaker import told_of
from scenarios.case import Case, Step

if TYPE_CHECKING:  # loaded where it is used: few cases need a WebSocket, and what speaks it takes a while
    from harness.shell.client.socket import Socket

_PATIENCE_S: Final = 6.0
"""No target takes this long to say what was said or counted, or to forget it."""


class Talks:
    """The conversations of one case on a lane."""

    def __init__(self, lane: Lane, asker: Asker) -> None:
        self._lane = lane
        self._asker = asker
        self._sockets: dict[str, Socket] = {}
        self._listeners: list[tuple[str, Socket]] = []
        self._visits: list[Visit] = []

    @property
    def visits(self) -> tuple[Visit, ...]:
        """What was done besides asking, and what was heard so far."""
        heard = [socket.heard(label) for label, socket in self._listeners]
        return tuple(sorted((*self._visits, *heard), key=lambda each: each.exchange.started_s))

    async def ask(self, case: Case, copy: Copy, *, on_event: Callable[[int], None]) -> ClientExchange:
        """Ask over the WebSocket that the step names."""
        socket = await self._socket(case, copy.step)
        return await socket.ask(self._asker.request(case, copy), on_event=on_event)

    async def visit(self, case: Case, step: Step) -> None:
        """Do what a step says that does not ask."""
        if step.act in ("history", "clear", "usage"):
            self._visits.append(await self._by_http(case, step))
            return
        socket = await self._socket(case, step)
        match step.act:
            case "listen":
                socket.listen()
                self._listeners.append((step.label, socket))
            case "ping":
                self._visits.append(await socket.ping(step.label))
            case "leave":
                self._visits.append(await socket.leave(step.label))

    async def end(self) -> None:
        """Close whatever is open."""
        sockets = [*self._sockets.values()]
        self._sockets.clear()
        await asyncio.gather(*(socket.end() for socket in sockets))

    async def _by_http(self, case: Case, step: Step) -> Visit:
        talk = self._asker.speaker.conversation(case, step)
        request = Ask(
            url=self._lane.url,
            path=path_of(self._place(step) or "", talk),
            method="DELETE" if step.act == "clear" else "GET",
            headers=self._asker.speaker.bare_headers(step, talk),
            moves=ClientMoves(),
            patience_s=_PATIENCE_S,
            label=step.label,
            identity=self._asker.speaker.identity(step),
            talk=told_of(step),
        )
        return Visit(act=step.act, exchange=await ask(request))

    async def _socket(self, case: Case, step: Step) -> Socket:
        if step.socket not in self._sockets:
            from harness.shell.client.socket import Socket

            talk = self._asker.speaker.conversation(case, step)
            place = Place(
                url=self._lane.url,
                path=path_of(self._sessions.websocket or "", talk),
                headers=self._asker.speaker.bare_headers(step, talk),
                talk=told_of(step),
                identity=self._asker.speaker.identity(step),
                name=step.socket,
            )
            self._sockets[step.socket] = Socket(place)
            await self._sockets[step.socket].open()
        return self._sockets[step.socket]

    def _place(self, step: Step) -> str | None:
        if step.act == "usage":
            analytics = self._lane.target_file.capabilities.analytics
            return analytics.report if analytics else None
        return self._sessions.history if step.act == "history" else self._sessions.clear

    @property
    def _sessions(self) -> Sessions:
        return self._lane.target_file.capabilities.sessions or Sessions(header="")
