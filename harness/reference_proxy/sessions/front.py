"""Conversations by HTTP: a turn, what was said, forgetting it, and what the conversation does now.

The one rule: it is the door of chats with the same limits, log line and failures. A turn is never taken from the cache:
what was said before it is part of the question.
"""

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import completions
from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD, Front, Handler, Record
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.sessions.outlets import Outlet
from harness.reference_proxy.sessions.store import key_of
from harness.reference_proxy.sessions.talks import Talks, Turn

HEADER = "X-Conversation"
_LONGEST_NAME = 2048


class TalkFront(Front):
    """The handlers of conversations."""

    def __init__(self, talks: Talks, *parts: Any, **more: Any) -> None:  # noqa: ANN401 - passed on as they come
        super().__init__(*parts, **more)
        self._talks = talks

    def middleware(self, path: str) -> Middleware:
        """What takes the chat requests that name a conversation, and leaves all others to their handler."""

        @web.middleware
        async def take(request: web.Request, handler: Handler) -> web.StreamResponse:
            named = request.method == "POST" and request.path == path and HEADER in request.headers
            return await (self.turn(request) if named else handler(request))

        return take

    async def turn(self, request: web.Request) -> web.StreamResponse:
        """Answer the next question of a conversation."""
        record = request[RECORD]
        caller = self._admit(request)
        key = self.key(request, caller, request.headers[HEADER])
        chat = await self._parse(await self._body(request), caller)
        record.form = "stream" if chat.stream else "json"
        record.cache = "BYPASS"
        record.fields.update(model=chat.model, stream=chat.stream)
        async with self._talks.turn(key, chat) as turn:
            return await self._answered(request, chat, turn)

    async def _answered(self, request: web.Request, chat: ChatRequest, turn: Turn) -> web.StreamResponse:
        record = request[RECORD]
        flight = self._service.join(turn.request, bypass=True)
        try:
            with flight.waiting() as reader:
                await flight.begun()
                headers = self._headers(record)
                if flight.completion is not None:
                    headers |= self._cost(flight.completion, flight)
                    await turn.keep(flight.completion)
                    for chunk in completions.chunks_of(flight.completion, include_usage=False):
                        turn.heard(jsontext.dumps(chunk)[1:])
                    return relay.json_answer(flight.completion, headers)
                relay.bound_buffers(request)
                return await relay.follow_items(
                    request,
                    turn.noting(reader.next),
                    headers=headers,
                    stall_s=self._settings.client_stall_timeout_s,
                )
        finally:
            record.fields.update(attempts=flight.attempts, served_by=flight.served_by, usage=flight.usage)

    async def history(self, request: web.Request) -> web.Response:
        """GET: all that is kept, oldest first."""
        entries = await self._talks.store.history(self._key_in_path(request))
        messages = [{"id": each.id, "created_at": each.at_s, **each.message} for each in entries]
        return _json({"object": "conversation", "messages": messages})

    async def clear(self, request: web.Request) -> web.Response:
        """DELETE: forget all of it."""
        await self._talks.clear(self._key_in_path(request))
        return web.Response(status=204)

    async def status(self, request: web.Request) -> web.Response:
        """GET: what the conversation does now, and how many are connected."""
        key = self._key_in_path(request)
        talks = self._talks
        status = talks.actors.status(key)
        return _json({"object": "conversation.status", "status": status, "connected": talks.outlets.of(key)})

    def key(self, request: web.Request, caller: str, name: str) -> str:
        """The key of the caller's conversation of that name; raises ProxyError (400, 401)."""
        if not (request.headers.get("Authorization") or request.headers.get("X-Api-Key")):
            message = "A conversation belongs to somebody: send a token."
            raise ProxyError(401, message, kind="authentication_error", code="missing_credentials")
        if not 0 < len(name.encode("utf-8", "surrogateescape")) <= _LONGEST_NAME:
            message = f"A conversation's name has 1 to {_LONGEST_NAME} bytes."
            raise invalid_request(message, code="invalid_conversation", param=HEADER)
        return key_of(caller, name)

    def _key_in_path(self, request: web.Request) -> str:
        return self.key(request, self._admit(request), request.match_info["name"])


def new_outlet(socket: web.WebSocketResponse, request: web.Request, *, stall_s: float) -> Outlet:
    """The way out to a client that has just connected; `?events=status` asks for status events as well."""
    wanted = request.query.get("events", "") == "status"
    return Outlet(socket, wants_status=wanted, stall_s=stall_s, abort=lambda: relay.abort(request))


def new_record(caller: str) -> Record:
    """What will be told of one question over a socket."""
    record = Record()
    record.caller, record.form, record.cache = caller, "socket", "BYPASS"
    return record


def _json(document: object) -> web.Response:
    return web.Response(body=jsontext.dumps(document), content_type="application/json")
