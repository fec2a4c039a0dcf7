"""Agents over HTTP.

The one rule: whoever is of the tenant may make, change and remove its agents; nobody else sees them.
"""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from harness.reference_proxy.chat import forms, wanted
from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.ids import new_id
from harness.reference_proxy.chat.routes.door import Door, answer
from harness.reference_proxy.chat.storage import agents
from harness.reference_proxy.chat.storage.page import Page
from harness.reference_proxy.chat.storage.turns import not_found


class AgentRoutes:
    """The handlers; `now` gives the time in UTC."""

    def __init__(self, door: Door, *, now: Callable[[], datetime]) -> None:
        self._door = door
        self._database = door.database
        self._now = now

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount them."""
        known = self._door.known
        router.add_get("/api/v1/agents", known(self.listed), allow_head=False)
        router.add_post("/api/v1/agents", known(self.add))
        router.add_get("/api/v1/agents/{id}", known(self.read), allow_head=False)
        router.add_patch("/api/v1/agents/{id}", known(self.change))
        router.add_delete("/api/v1/agents/{id}", known(self.remove))

    async def listed(self, request: web.Request, who: Identity) -> web.Response:
        """GET /api/v1/agents."""
        asked = wanted.query(wanted.Paging, request.query)
        page = Page(limit=asked.limit, offset=asked.offset)
        found = await self._database.read(lambda session: agents.listed(session, who, page))
        told = [forms.agent(row) for row in found.found]
        return answer({"agents": told, "total": found.total, "limit": page.limit, "offset": page.offset})

    async def add(self, request: web.Request, who: Identity) -> web.Response:
        """POST /api/v1/agents."""
        body = await self._door.body(request, wanted.NewAgent)
        fields = {**body.model_dump(), "parameters": wanted.given(body.parameters)}
        agent_id, now = new_id("agent"), self._now()
        row = await self._database.write(lambda session: agents.add(session, who, agent_id, fields, now=now))
        return answer(forms.agent(row), status=201)

    async def read(self, request: web.Request, who: Identity) -> web.Response:
        """GET /api/v1/agents/{id}."""
        row = await self._database.read(lambda session: agents.one(session, who, request.match_info["id"]))
        if row is None:
            raise not_found("agent")
        return answer(forms.agent(row))

    async def change(self, request: web.Request, who: Identity) -> web.Response:
        """PATCH /api/v1/agents/{id}: the fields that are named."""
        fields = wanted.given(await self._door.body(request, wanted.AgentChange))
        agent_id, now = request.match_info["id"], self._now()
        row = await self._database.write(lambda session: agents.change(session, who, agent_id, fields, now=now))
        if row is None:
            raise not_found("agent")
        return answer(forms.agent(row))

    async def remove(self, request: web.Request, who: Identity) -> web.Response:
        """DELETE /api/v1/agents/{id}: what it said stays."""
        agent_id = request.match_info["id"]
        if not await self._database.write(lambda session: agents.remove(session, who, agent_id)):
            raise not_found("agent")
        return answer({"success": True, "id": agent_id})
