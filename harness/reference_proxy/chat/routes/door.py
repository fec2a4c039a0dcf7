"""Lets in who brings a token that is in force, and says who that is.

The one rule: an unknown token and a revoked one are refused alike, and nobody asks more often than the limit has it.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel

from harness.reference_proxy import jsontext
from harness.reference_proxy.chat import wanted
from harness.reference_proxy.chat.identity import Identity, hash_of
from harness.reference_proxy.chat.storage import accounts
from harness.reference_proxy.chat.storage.database import Database
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http import cors
from harness.reference_proxy.http.app import RECORD
from harness.reference_proxy.http.parts import Parts
from harness.reference_proxy.settings import Settings

M = TypeVar("M", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Known = Callable[[web.Request, Identity], Awaitable[web.StreamResponse]]

_SCHEME = "bearer"
_METHODS = "GET, POST, PATCH, DELETE"


class Door:
    """What every route needs: who asks, and what."""

    def __init__(self, settings: Settings, parts: Parts, database: Database) -> None:
        self.database = database
        self._max_depth = settings.max_depth
        self._origins = settings.allowed_origins
        self._parts = parts

    def known(self, handler: Known) -> Handler:
        """The handler for those alone who bring a token that is in force."""

        async def admit(request: web.Request) -> web.StreamResponse:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            who = None
            if scheme.lower() == _SCHEME and token.strip():
                token_hash = hash_of(token.strip())
                who = await self.database.read(lambda session: accounts.identify(session, token_hash))
            self._parts.limit(f"user:{who.user_id}" if who else f"nobody@{request.remote}")
            if who is None:
                raise ProxyError(401, "Unknown token.", kind="authentication_error", code="invalid_api_key")
            request[RECORD].fields.update(tenant=who.tenant_id, user=who.user_id)
            return await handler(request, who)

        return admit

    async def preflight(self, request: web.Request) -> web.Response:
        """OPTIONS of a page that asks whether it may ask; it brings no credentials."""
        return web.Response(
            status=204, headers=cors.preflight(request.headers.get("Origin"), self._origins, methods=_METHODS)
        )

    async def body(self, request: web.Request, kind: type[M]) -> M:
        """The request's document."""
        return wanted.body(kind, await self._parts.body(request), max_depth=self._max_depth)


def answer(document: dict[str, Any], *, status: int = 200) -> web.Response:
    """A JSON answer that no cache keeps: it is one user's."""
    return web.Response(
        status=status,
        body=jsontext.dumps(document),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
