"""How many tokens a user may take in a day, and a tenant in a month.

The one rule: what an answer may take at the most is set aside in the transaction that saves its question, so that
questions that are asked at the same time cannot take the same tokens.
"""

import math
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.storage import usage
from harness.reference_proxy.chat.storage.tables import Message, Tenant, User
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.settings import Settings


async def reserve(
    session: AsyncSession,
    settings: Settings,
    who: Identity,
    answer_id: str,
    *,
    prompt_tokens: int,
    asked: int | None,
    now: datetime,
) -> int | None:
    """Set tokens aside for an answer; return how many it may have, which is what was `asked` where there is no limit.

    Raises ProxyError (429) when the user or the tenant has used up what they may; `now` is in UTC.
    """
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1)
    limits: tuple[tuple[usage.Scope, int, datetime, datetime], ...] = (
        ("tenant", settings.chat_tenant_monthly_tokens, month, (month + timedelta(days=32)).replace(day=1)),
        ("user", settings.chat_user_daily_tokens, day, day + timedelta(days=1)),
    )
    if not any(limit for _, limit, _, _ in limits):
        return asked
    answer = await session.get_one(Message, answer_id)
    answer.reserved_tokens = None  # it does not count against itself when its question is saved again
    most = asked or settings.chat_answer_tokens
    for scope, limit, begin, end in limits:
        if not limit:
            continue
        await _lock(session, who, scope)
        taken = await usage.taken(session, who, scope=scope, since=f"{begin:%Y-%m-%d}")
        left = limit - taken.tokens - prompt_tokens
        if left <= taken.reserved:
            wait_s = math.ceil((end - now).total_seconds()) if left <= 0 else 1  # until an answer under way has ended
            raise _reached(scope, limit, end, wait_s)
        most = min(most, left - taken.reserved)
    answer.reserved_tokens = prompt_tokens + most
    return most


async def _lock(session: AsyncSession, who: Identity, scope: usage.Scope) -> None:
    """Let nobody else count for this user or tenant until this transaction ends. SQLite has one writer anyway."""
    chosen = select(User.id).where(User.id == who.user_id)
    if scope == "tenant":
        chosen = select(Tenant.id).where(Tenant.id == who.tenant_id)
    await session.execute(chosen.with_for_update(key_share=True))


def _reached(scope: usage.Scope, limit: int, end: datetime, wait_s: int) -> ProxyError:
    return ProxyError(
        429,
        f"The token limit of this {scope} is reached: {limit} until {end:%Y-%m-%d} (UTC).",
        kind="rate_limit_error",
        code="token_limit_reached",
        retry_after=str(wait_s),
    )
