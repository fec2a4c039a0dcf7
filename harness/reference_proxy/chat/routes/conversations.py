"""Conversations over HTTP: list, read, change, archive, search, export.

The one rule: what the asker may not see is a 404, and the same 404 as for what is not there at all.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat import forms, wanted
from harness.reference_proxy.chat.exports import exporting
from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.routes.door import Door, answer
from harness.reference_proxy.chat.storage import conversations
from harness.reference_proxy.chat.storage.conversations import Filter
from harness.reference_proxy.chat.storage.page import Page
from harness.reference_proxy.chat.storage.tables import Conversation, Message
from harness.reference_proxy.chat.storage.turns import not_found
from harness.reference_proxy.errors import invalid_request

_ARCHIVED = {"true": True, "false": False, "all": None}
_EXPORT_MAX_MESSAGES = 10_000


class ConversationRoutes:
    """The handlers; `pdf_font` is the font of exports, `now` the time in UTC."""

    def __init__(self, door: Door, *, pdf_font: str, now: Callable[[], datetime]) -> None:
        self._door = door
        self._database = door.database
        self._pdf_font = pdf_font
        self._now = now

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount them."""
        known = self._door.known
        router.add_get("/api/v1/chat", known(self.listed), allow_head=False)
        router.add_get("/api/v1/chat/search", known(self.search), allow_head=False)
        router.add_get("/api/v1/chat/{id}", known(self.read), allow_head=False)
        router.add_patch("/api/v1/chat/{id}", known(self.change))
        router.add_delete("/api/v1/chat/{id}", known(self.archive))
        router.add_post("/api/v1/chat/{id}/archive", known(self.archive))
        router.add_get("/api/v1/chat/{id}/export", known(self.export), allow_head=False)

    async def listed(self, request: web.Request, who: Identity) -> web.Response:
        """GET /api/v1/chat: the own conversations, or those that the team shares."""
        asked = wanted.query(wanted.Listing, request.query)
        chosen = Filter(archived=_ARCHIVED[asked.archived], whose=asked.whose, agent_id=asked.agent_id)
        page = Page(limit=asked.limit, offset=asked.offset, newest_first=asked.order == "desc")
        found = await self._database.read(lambda session: conversations.listed(session, who, chosen, page))
        return answer(
            {
                "conversations": [forms.conversation(row, user_id=who.user_id) for row in found.found],
                "total": found.total,
                "limit": page.limit,
                "offset": page.offset,
            }
        )

    async def search(self, request: web.Request, who: Identity) -> web.Response:
        """GET /api/v1/chat/search: messages and titles that hold a text."""
        asked = wanted.query(wanted.Searching, request.query)
        page = Page(limit=asked.limit, offset=asked.offset)
        hits = await self._database.read(
            lambda session: conversations.search(session, who, asked.q, page, conversation_id=asked.conversation_id)
        )
        return answer({"hits": [forms.hit(each, asked.q, user_id=who.user_id) for each in hits]})

    async def read(self, request: web.Request, who: Identity) -> web.Response:
        """GET /api/v1/chat/{id}: a conversation with a page of its messages, newest first unless asked otherwise."""
        asked = wanted.query(wanted.Reading, request.query)
        page = Page(limit=asked.limit, offset=asked.offset, newest_first=asked.order == "desc")

        async def look(session: AsyncSession) -> forms.Json:
            conversation, rows = await _branch(session, who, request.match_info["id"], asked.branch, page)
            return {
                **forms.conversation(conversation, user_id=who.user_id),
                "messages": [forms.message(row) for row in rows],
                "usage": forms.totals(await conversations.totals(session, conversation)),
                "limit": page.limit,
                "offset": page.offset,
            }

        return answer(await self._database.read(look))

    async def change(self, request: web.Request, who: Identity) -> web.Response:
        """PATCH /api/v1/chat/{id}: rename, share with the team, archive or restore, show another branch."""
        fields = wanted.given(await self._door.body(request, wanted.Change))
        conversation_id, now = request.match_info["id"], self._now()

        async def alter(session: AsyncSession) -> Conversation:
            conversation = await conversations.change(session, who, conversation_id, fields, now=now)
            if conversation is None:
                raise await _refusal(session, who, conversation_id)
            head_id = fields.get("head_message_id")
            if head_id is not None and await conversations.message(session, conversation, head_id) is None:
                raise not_found("message")
            return conversation

        return answer(forms.conversation(await self._database.write(alter), user_id=who.user_id))

    async def archive(self, request: web.Request, who: Identity) -> web.Response:
        """DELETE /api/v1/chat/{id}, POST /api/v1/chat/{id}/archive: put a conversation away; nothing of it is lost."""
        conversation_id, now = request.match_info["id"], self._now()

        async def put_away(session: AsyncSession) -> None:
            if await conversations.change(session, who, conversation_id, {"archived": True}, now=now) is None:
                raise await _refusal(session, who, conversation_id)

        await self._database.write(put_away)
        return answer({"success": True, "id": conversation_id, "archived": True})

    async def export(self, request: web.Request, who: Identity) -> web.Response:
        """GET /api/v1/chat/{id}/export: the branch that is shown, as a file."""
        asked = wanted.query(wanted.Exporting, request.query)
        page = Page(limit=_EXPORT_MAX_MESSAGES, newest_first=False)
        conversation, rows = await self._database.read(
            lambda session: _branch(session, who, request.match_info["id"], asked.branch, page)
        )
        document = {
            **forms.conversation(conversation, user_id=who.user_id),
            "messages": [forms.message(row) for row in rows],
        }
        made = await asyncio.to_thread(exporting.export, document, asked.format, pdf_font=self._pdf_font)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{conversation.id}.{made.extension}"',
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=made.content, headers={**headers, "Content-Type": made.media_type})


async def _branch(
    session: AsyncSession, who: Identity, conversation_id: str, leaf_id: str | None, page: Page
) -> tuple[Conversation, list[Message]]:
    conversation = await conversations.one(session, who, conversation_id)
    if conversation is None:
        raise not_found("conversation")
    if leaf_id is None:
        leaf_id = conversation.head_message_id
    elif leaf_id == "all":
        leaf_id = None
    elif await conversations.message(session, conversation, leaf_id) is None:
        raise not_found("message")
    return conversation, await conversations.messages(session, conversation, leaf_id, page)


async def _refusal(session: AsyncSession, who: Identity, conversation_id: str) -> Exception:
    # Who may read it knows already that it is there.
    if await conversations.one(session, who, conversation_id) is None:
        return not_found("conversation")
    return invalid_request("Only its owner may change a shared conversation.", code="not_owner", status=403)
