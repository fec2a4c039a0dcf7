"""Agents: configured assistants, which all users of a tenant share.

The one rule: an agent of another tenant does not exist.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.storage.page import Page
from harness.reference_proxy.chat.storage.tables import Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """One page of a tenant's agents, and how many there are in all."""

    found: list[Agent]
    total: int


async def listed(session: AsyncSession, who: Identity, page: Page) -> Agents:
    """The tenant's agents by name."""
    total = await session.scalar(select(func.count()).select_from(Agent).where(_own(who)))
    found = select(Agent).where(_own(who)).order_by(Agent.name, Agent.id).limit(page.limit).offset(page.offset)
    return Agents(found=list(await session.scalars(found)), total=total or 0)


async def one(session: AsyncSession, who: Identity, agent_id: str) -> Agent | None:
    """An agent by its id."""
    return await session.scalar(select(Agent).where(_own(who), Agent.id == agent_id))


async def add(session: AsyncSession, who: Identity, agent_id: str, fields: dict[str, Any], *, now: datetime) -> Agent:
    """A new agent; the same again when it is there already."""
    agent = await one(session, who, agent_id)
    if agent is None:
        agent = Agent(id=agent_id, tenant_id=who.tenant_id, created_at=now, updated_at=now, **fields)
        session.add(agent)
    return agent


async def change(
    session: AsyncSession, who: Identity, agent_id: str, fields: dict[str, Any], *, now: datetime
) -> Agent | None:
    """The agent with these fields set; None when there is none."""
    agent = await one(session, who, agent_id)
    if agent is not None:
        for name, value in fields.items():
            setattr(agent, name, value)
        agent.updated_at = now
    return agent


async def remove(session: AsyncSession, who: Identity, agent_id: str) -> bool:
    """Forget an agent; what it said stays. False when there was none."""
    gone = await session.execute(delete(Agent).where(_own(who), Agent.id == agent_id).returning(Agent.id))
    return gone.first() is not None


def _own(who: Identity) -> ColumnElement[bool]:
    return Agent.tenant_id == who.tenant_id
