"""What answers took in tokens and cost, by day and month, for a user or a tenant.

The one rule: days and months are UTC's, and an answer counts for the day on which it was asked for.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.storage.tables import Message

Period = Literal["day", "month"]
Scope = Literal["user", "tenant"]
_CHARS = {"day": 10, "month": 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one model answered in one day (`2026-01-31`) or month (`2026-01`)."""

    period: str
    model: str
    answers: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost_nanos: int


async def by_period(
    session: AsyncSession, who: Identity, *, period: Period, scope: Scope, since: str, until: str
) -> list[Usage]:
    """Usage from the day `since` up to and with the day `until`, oldest first."""
    named = func.substr(Message.day, 1, _CHARS[period]).label("period")
    sums = [
        func.coalesce(func.sum(each), 0)
        for each in (Message.prompt_tokens, Message.completion_tokens, Message.total_tokens, Message.cost_nanos)
    ]
    found = (
        select(named, Message.model, func.count(), *sums)
        .where(_of(who, scope), Message.role == "assistant", Message.day >= since, Message.day <= until)
        .group_by("period", Message.model)  # by name: PostgreSQL does not see that two expressions are one
        .order_by("period", Message.model)
    )
    return [
        Usage(
            period=row[0],
            model=row[1] or "",
            answers=row[2],
            prompt_tokens=int(row[3]),
            completion_tokens=int(row[4]),
            total_tokens=int(row[5]),
            cost_nanos=int(row[6]),
        )
        for row in await session.execute(found)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Tokens that answers took, and those that answers under way may still take."""

    tokens: int
    reserved: int


async def taken(session: AsyncSession, who: Identity, *, scope: Scope, since: str) -> Taken:
    """All tokens from the day `since` on."""
    sums = select(func.sum(Message.total_tokens), func.sum(Message.reserved_tokens))
    row = (await session.execute(sums.where(_of(who, scope), Message.day >= since))).one()
    return Taken(tokens=int(row[0] or 0), reserved=int(row[1] or 0))


def _of(who: Identity, scope: Scope) -> ColumnElement[bool]:
    chosen = Message.tenant_id == who.tenant_id
    return chosen & (Message.user_id == who.user_id) if scope == "user" else chosen
