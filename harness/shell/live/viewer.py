"""A record on a socket: the report, made anew each time it is asked for, so that a newer run shows.

The one rule: as with the live page, only this machine's own pages are answered.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from harness.shell.live.guarding import HOST, add_headers, guarded
from reports import html
from reports.causes import explained
from reports.record import RecordError, read


class Viewer:
    """Serves the report of one `results.json`."""

    def __init__(self, record: Path) -> None:
        self._record = record
        app = web.Application(middlewares=[guarded()])
        app.on_response_prepare.append(add_headers)
        app.add_routes([web.get("/", self._report)])
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self, port: int) -> int:
        """Listen on loopback and return the port; 0 picks a free one.

        Raises:
            OSError: the port cannot be had.
        """
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Stop."""
        await self._runner.cleanup()

    async def _report(self, _: web.Request) -> web.Response:
        try:
            return web.Response(text=html.render(explained(read(self._record))), content_type="text/html")
        except RecordError as error:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=f"{error}\n")
