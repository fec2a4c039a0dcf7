"""Questions over HTTP, and their answers as an event stream.

The one rule: an answer is made from the moment at which its question is on disk, and who asked is the first to read it.
"""

from typing import Any

from aiohttp import web

from harness.reference_proxy.chat import wanted
from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.live import LiveAnswers
from harness.reference_proxy.chat.routes.door import Door
from harness.reference_proxy.chat.routes.following import Following
from harness.reference_proxy.chat.routes.protocols import FORMS, protocol_of
from harness.reference_proxy.chat.storage.turns import Result
from harness.reference_proxy.chat.turns import Asked, Turn, Turns
from harness.reference_proxy.errors import invalid_request
from harness.reference_proxy.http.app import RECORD

_PARAMETERS = ("temperature", "top_p", "max_tokens")


class StreamingRoutes:
    """The handlers."""

    def __init__(self, door: Door, turns: Turns, answers: LiveAnswers, following: Following) -> None:
        self._door = door
        self._turns = turns
        self._answers = answers
        self._following = following

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount them."""
        router.add_post("/api/v1/chat", self._door.known(self.ask))
        router.add_post("/api/v1/chat/{id}/regenerate", self._door.known(self.regenerate))

    async def ask(self, request: web.Request, who: Identity) -> web.StreamResponse:
        """POST /api/v1/chat: a message, in a conversation or for a new one."""
        protocol = protocol_of(request)
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
        return await self._play(request, protocol, await self._turns.begin(who, asked))

    async def regenerate(self, request: web.Request, who: Identity) -> web.StreamResponse:
        """POST /api/v1/chat/{id}/regenerate: another answer beside the last one, or beside that of `messageId`."""
        protocol = protocol_of(request)
        body = await self._door.body(request, wanted.Regenerate)
        asked = Asked(
            text=None,
            conversation_id=request.match_info["id"],
            parent_id=body.message_id,
            agent_id=body.agent_id,
            model=body.model,
            parameters=_parameters(body),
        )
        return await self._play(request, protocol, await self._turns.begin(who, asked))

    async def _play(self, request: web.Request, protocol: str, turn: Turn) -> web.StreamResponse:
        request[RECORD].fields.update(model=turn.prompt.model)
        live, reader = self._answers.make(turn, protocol, FORMS[protocol].words())
        return await self._following.follow(request, live, reader)


def _parameters(body: wanted.Parameters) -> dict[str, Any]:
    return {name: value for name in _PARAMETERS if (value := getattr(body, name)) is not None}
