"""The live page on a socket: the page, its events, the insides of cases, and the report once there is one.

The one rule: nothing is decided here. What a page shows comes from `reports.live`; this hands it out.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

from harness.shell.live.guarding import HOST, add_headers, guarded
from reports.live import Event, Frames, LivePage, StartEvent
from reports.live.frames import ANEW

_ALIVE_EVERY_S: Final = 10.0
"""How often a silent stream of events says that it is there, so that one that nobody reads any more is noticed."""
_DRAIN_S: Final = 2.0
"""How long pages that are open have to take the last events."""


class LiveServer:
    """Serves the page of one run. `report` is the page that the run writes at its end, `name` tells it from others."""

    def __init__(self, *, report: Path, name: str) -> None:
        self._report = report
        self._frames = Frames(name)
        self._page: LivePage | None = None
        self._changed = asyncio.Condition()
        self._is_over = False
        self._streams: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> int:
        """Listen on loopback and return the port; 0 picks a free one.

        Raises:
            OSError: the port cannot be had.
        """
        app = web.Application(middlewares=[guarded()])
        app.on_response_prepare.append(add_headers)
        app.add_routes(
            [
                web.get("/", self._whole),
                web.get("/events", self._events),
                web.get("/cases/{anchor}", self._case),
                web.get("/report", self._written),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_DRAIN_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        return int(self._runner.addresses[0][1])

    async def take(self, event: Event) -> None:
        """Take an event of the run; every page that is open hears of it."""
        if isinstance(event, StartEvent):
            self._page = LivePage(event)
        elif self._page is not None:
            for frame in self._page.take(event):
                self._frames.add(frame)
        await self._tell()

    async def close(self) -> None:
        """Let open pages take what they have not heard, then stop."""
        self._is_over = True
        await self._tell()
        if self._streams:
            await asyncio.wait(self._streams, timeout=_DRAIN_S)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _whole(self, _: web.Request) -> web.Response:
        async with self._changed:
            await self._changed.wait_for(lambda: self._page is not None or self._is_over)
        if self._page is None:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="the run ended before it began\n")
        return web.Response(text=self._page.page(last=self._frames.last), content_type="text/html")

    async def _case(self, request: web.Request) -> web.Response:
        found = self._page.case(request.match_info["anchor"]) if self._page is not None else None
        if found is None:
            raise web.HTTPNotFound
        return web.Response(text=found, content_type="text/html")

    async def _written(self, _: web.Request) -> web.StreamResponse:
        if not self._report.is_file():
            return web.Response(status=HTTPStatus.NOT_FOUND, text="the report is written when the run is over\n")
        return web.Response(text=self._report.read_text(encoding="utf-8"), content_type="text/html")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        known = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        stream = asyncio.create_task(self._stream(response, known))
        self._streams.add(stream)
        stream.add_done_callback(self._streams.discard)
        with suppress(ConnectionError):  # the page was closed
            await stream
        return response

    async def _stream(self, response: web.StreamResponse, known: str) -> None:
        await response.write(b"retry: 1000\n\n")
        while True:
            fresh, last = self._frames.after(known), self._frames.last
            if fresh is None:
                await response.write(ANEW.encode())
                return
            if fresh:
                await response.write(fresh.encode())
                known = last
            elif self._is_over:
                return
            else:
                await self._wait(response)

    async def _wait(self, response: web.StreamResponse) -> None:
        """Wait for a change; a page that has silently gone away is noticed."""
        before = self._frames.last
        try:
            async with asyncio.timeout(_ALIVE_EVERY_S), self._changed:
                await self._changed.wait_for(lambda: self._is_over or self._frames.last != before)
        except TimeoutError:
            await response.write(b": still here\n\n")
