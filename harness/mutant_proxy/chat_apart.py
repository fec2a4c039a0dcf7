"""Mutants of the chat service that keep users apart badly, or count what answers took wrongly.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.chat_apart`.
The service is imported by its own mutants alone, and when they are made: it takes long to load.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from harness.mutant_proxy.seam import Original, mutant


def _as_its_owner(handler: Original) -> object:
    """Let a handler take whoever asks for the owner of the conversation that the path names."""
    from sqlalchemy import select

    from harness.reference_proxy.chat.identity import Identity
    from harness.reference_proxy.chat.storage.tables import Conversation

    async def handle(self: Any, request: Any, who: Identity) -> object:  # noqa: ANN401 - the service's own
        named = select(Conversation).where(Conversation.id == request.match_info["id"])
        row = await self._database.read(lambda session: session.scalar(named))
        owner = who if row is None else Identity(tenant_id=row.tenant_id, user_id=row.user_id)
        return await handler(self, request, owner)

    return handle


@mutant
def list_of_the_whole_tenant(own: Original) -> object:
    from harness.reference_proxy.chat.storage.tables import Conversation

    return lambda who: Conversation.tenant_id == who.tenant_id


@mutant
def anybodys_conversation_is_read(read: Original) -> object:
    return _as_its_owner(read)


@mutant
def search_of_all_tenants(search: Original) -> object:
    from sqlalchemy import select

    from harness.reference_proxy.chat.storage.conversations import Hit
    from harness.reference_proxy.chat.storage.tables import Conversation, Message

    async def everything(session: Any, who: object, text: str, page: Any, **_: object) -> list[Hit]:  # noqa: ANN401 - the service's own
        holds = Message.content.icontains(text, autoescape=True)
        joined = select(Conversation, Message).join(Message, Message.conversation_id == Conversation.id)
        rows = await session.execute(joined.where(Conversation.archived.is_(False), holds).limit(page.limit))
        return [Hit(conversation=row[0], message=row[1]) for row in rows]

    return everything


@mutant
def export_for_anybody(export: Original) -> object:
    return _as_its_owner(export)


@mutant
def change_by_anybody(change: Original) -> object:
    return _as_its_owner(change)


@mutant
def archive_by_anybody(archive: Original) -> object:
    return _as_its_owner(archive)


@mutant
def anybodys_agent(one: Original) -> object:
    from harness.reference_proxy.chat.storage.tables import Agent

    async def by_id(session: Any, who: object, agent_id: str) -> object:  # noqa: ANN401 - a session
        return await session.get(Agent, agent_id)

    return by_id


@mutant
def unknown_token_is_the_first_users(identify: Original) -> object:
    from sqlalchemy import select

    from harness.reference_proxy.chat.identity import Identity
    from harness.reference_proxy.chat.storage.tables import Key

    async def known(session: Any, token_hash: str) -> Identity:  # noqa: ANN401 - a session
        found: Identity | None = await identify(session, token_hash)
        first = await session.scalar(select(Key).order_by(Key.created_at, Key.id))
        return found or Identity(tenant_id=first.tenant_id, user_id=first.user_id)

    return known


@mutant
def changed_key_breaks_its_streams(known: Original) -> object:
    running: dict[str, set[asyncio.Task[object]]] = {}

    def tracked(self: object, handler: Any) -> object:  # noqa: ANN401 - a handler of the service
        async def handle(request: Any, who: Any) -> object:  # noqa: ANN401 - the service's own
            task = asyncio.current_task()
            mine = running.setdefault(who.user_id, set())
            if task is not None:
                mine.add(task)
            try:
                return await handler(request, who)
            finally:
                mine.discard(task)
                for other in mine if request.path.endswith("/rotate") else ():
                    other.cancel()

        return known(self, handle)

    return tracked


@mutant
def agent_without_its_prompt(prompt: Original) -> object:
    def bare(model: str, agent: object, begun: object, parameters: object) -> object:
        return prompt(model, None, begun, parameters)

    return bare


@mutant
def agent_keeps_its_first_prompt(change: Original) -> object:
    async def keep(session: object, who: object, agent_id: str, fields: dict[str, Any], *, now: object) -> object:
        rest = {name: value for name, value in fields.items() if name != "system_prompt"}
        return await change(session, who, agent_id, rest, now=now)

    return keep


@mutant
def usage_counted_twice(outcome: Original) -> object:
    def twice(self: object, status: str, prices: object, *, error: str | None = None) -> object:
        made = outcome(self, status, prices, error=error)
        return replace(made, total_tokens=2 * made.total_tokens if made.total_tokens else None)

    return twice


@mutant
def cut_answers_count_nothing(outcome: Original) -> object:
    def free(self: object, status: str, prices: object, *, error: str | None = None) -> object:
        made = outcome(self, status, prices, error=error)
        if status == "complete":
            return made
        return replace(made, prompt_tokens=None, completion_tokens=None, total_tokens=None, cost_nanos=None)

    return free


@mutant
def usage_of_everybody(of: Original) -> object:
    from sqlalchemy import true

    return lambda who, scope: true()
