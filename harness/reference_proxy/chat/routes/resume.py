"""An answer that is being made, for a client that was cut off from it or has opened its conversation anew.

`Last-Event-ID` says which event it had last; without it, the answer is told from its start, as the AI SDK's
`resumeStream` expects.

The one rule: it is there for whose conversation it is, and for nobody else, not even for who may read what is shared.
"""

from aiohttp import web

from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.live import LiveAnswers
from harness.reference_proxy.chat.routes.door import Door
from harness.reference_proxy.chat.routes.following import Following
from harness.reference_proxy.chat.routes.protocols import protocol_of
from harness.reference_proxy.chat.storage import conversations
from harness.reference_proxy.chat.storage.turns import not_found


class ResumeRoutes:
    """The handler."""

    def __init__(self, door: Door, answers: LiveAnswers, following: Following) -> None:
        self._door = door
        self._answers = answers
        self._following = following

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount it."""
        router.add_get("/api/v1/chat/{id}/stream", self._door.known(self.resume), allow_head=False)

    async def resume(self, request: web.Request, who: Identity) -> web.StreamResponse:
        """GET /api/v1/chat/{id}/stream: the answer that is being made.

        204 when none is in the form that is asked for, or when too much of it is gone.
        """
        protocol = protocol_of(request)
        conversation_id = request.match_info["id"]
        found = await self._door.database.read(lambda session: conversations.one(session, who, conversation_id))
        if found is None or found.user_id != who.user_id:
            raise not_found("conversation")
        live = self._answers.of(conversation_id, protocol)
        reader = self._answers.come(live, request.headers.get("Last-Event-ID", "")) if live is not None else None
        if live is None or reader is None:
            return web.Response(status=204, headers={"Cache-Control": "no-store"})
        return await self._following.follow(request, live, reader)
