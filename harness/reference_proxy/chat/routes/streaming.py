"""Questions over HTTP, and their answers as an event stream.

The one rule: whatever becomes of the stream, its turn is settled exactly once; only one that is settled as complete
gets its `finish` and the end of its framing.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from harness.reference_proxy.chat import wanted
from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.routes.data_events import DataEventStream
from harness.reference_proxy.chat.routes.door import Door, answer
from harness.reference_proxy.chat.routes.events import EventStream
from harness.reference_proxy.chat.storage.turns import Result
from harness.reference_proxy.chat.turns import Asked, Turn, Turns
from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.faces.doors import unknown_protocol
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD

_PARAMETERS = ("temperature", "top_p", "max_tokens")
_FORMS: Final[Mapping[str, type[EventStream]]] = {"": EventStream, "data": DataEventStream}
"""What an answer looks like, by what `?protocol=` says."""


class StreamingRoutes:
    """The handlers."""

    def __init__(self, door: Door, turns: Turns, *, stall_s: float) -> None:
        self._door = door
        self._turns = turns
        self._stall_s = stall_s

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount them."""
        router.add_post("/api/v1/chat", self._door.known(self.ask))
        router.add_post("/api/v1/chat/{id}/regenerate", self._door.known(self.regenerate))

    async def ask(self, request: web.Request, who: Identity) -> web.StreamResponse:
        """POST /api/v1/chat: a message, in a conversation or for a new one."""
        form = _form(request)
        body = await self._door.body(request, wanted.Ask)
        if body.message is None and not body.tool_results:
            raise invalid_request("'message': Field required.", code="invalid_field", param="message")
        request[RECORD].fields.update(message_length=len(body.message or ""))
        asked = Asked(
            text=body.message,
            results=tuple(Result(tool_call_id=each.tool_call_id, content=each.text) for each in body.tool_results),
            conversation_id=body.conversation_id,
            parent_id=body.parent_message_id,
            agent_id=body.agent_id,
            model=body.model,
            parameters=_parameters(body),
        )
        return await self._play(request, form, await self._turns.begin(who, asked))

    async def regenerate(self, request: web.Request, who: Identity) -> web.StreamResponse:
        """POST /api/v1/chat/{id}/regenerate: another answer beside the last one, or beside that of `messageId`."""
        form = _form(request)
        body = await self._door.body(request, wanted.Regenerate)
        asked = Asked(
            text=None,
            conversation_id=request.match_info["id"],
            parent_id=body.message_id,
            agent_id=body.agent_id,
            model=body.model,
            parameters=_parameters(body),
        )
        return await self._play(request, form, await self._turns.begin(who, asked))

    async def _play(self, request: web.Request, form: type[EventStream], turn: Turn) -> web.StreamResponse:
        record = request[RECORD]
        record.form = "stream"
        record.fields.update(
            conversation=turn.begun.conversation_id, message=turn.begun.answer_id, model=turn.prompt.model
        )
        stream = form(request, turn, stall_s=self._stall_s)
        settled = False
        try:
            await turn.open()
            await stream.start()
            while (chunk := await turn.next()) is not None:
                await stream.send(chunk)
            settled = True
            await stream.finish(await turn.complete())
        except ProxyError as error:
            if not settled:
                await turn.fail(error)
            if not stream.begun:
                record.fields["failure"] = error.code
                return _refused(turn, error)
            await stream.fail(error)
        except ConnectionError:
            request[relay.FAILURE] = relay.CLIENT_LEFT
            if not settled:
                await turn.interrupt(relay.CLIENT_LEFT)
        except BaseException as error:
            if not settled:
                left = isinstance(error, asyncio.CancelledError)
                await turn.interrupt(relay.CLIENT_LEFT if left else "internal_error")
            raise
        finally:
            turn.ended()
            if stream.begun and not stream.whole:
                relay.abort(request)  # whatever happened, nothing that looks like a good end may follow
        return stream.response


def _form(request: web.Request) -> type[EventStream]:
    """How the client wants its answer; raises ProxyError (400), before anything is kept."""
    protocol = request.query.get("protocol", "")
    if protocol not in _FORMS:
        raise unknown_protocol(protocol, _FORMS)
    return _FORMS[protocol]


def _refused(turn: Turn, error: ProxyError) -> web.Response:
    # The question is kept: who asks again need not write it again.
    where = {"conversationId": turn.begun.conversation_id, "messageId": turn.begun.answer_id}
    response = answer({**error.body(), **where}, status=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = error.retry_after
    return response


def _parameters(body: wanted.Parameters) -> dict[str, Any]:
    return {name: value for name in _PARAMETERS if (value := getattr(body, name)) is not None}
