"""A byte pipe: what upstream sends goes on as it came, and how it ends is how it ends.

The one rule: it looks at no byte of a body, in neither direction.
"""

from __future__ import annotations

from typing import ClassVar

import aiohttp
from aiohttp import web

from tests.targets.serving import Failure, Target

_KEPT_HEADERS = ("Content-Type", "Content-Encoding", "Content-Length", "Retry-After", "Location")


class Pipe(Target):
    """A right proxy that claims streaming and nothing else."""

    decompress: ClassVar[bool] = False

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Pass on a request and its answer."""
        answer = await self.open(await request.read())
        try:
            return await self.relay(request, answer)
        finally:
            answer.close()

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        """Pass on an answer as it comes."""
        kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        response = web.StreamResponse(status=answer.status, headers=kept)
        await response.prepare(request)
        try:
            async for piece in self.pieces(answer):
                await self.put(response, piece)
        except Failure:
            self.broken(request)
        return response

    def broken(self, request: web.Request) -> None:
        """Upstream did not finish, so neither does the answer."""
        self.cut(request)
