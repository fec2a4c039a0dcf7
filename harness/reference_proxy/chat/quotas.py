"""How many tokens a user may take in a day, and a tenant in a month.

The one rule: who is over a limit is told so before anything is saved or asked, and until when.
"""

import math
from datetime import datetime, timedelta

from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.storage import usage
from harness.reference_proxy.chat.storage.database import Database
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.settings import Settings


async def check(database: Database, settings: Settings, who: Identity, *, now: datetime) -> None:
    """Raise ProxyError (429) when the user or the tenant has used up what they may; `now` is in UTC."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1)
    limits: tuple[tuple[usage.Scope, int, datetime, datetime], ...] = (
        ("user", settings.chat_user_daily_tokens, day, day + timedelta(days=1)),
        ("tenant", settings.chat_tenant_monthly_tokens, month, (month + timedelta(days=32)).replace(day=1)),
    )
    for scope, limit, begin, end in limits:
        if limit and await _used(database, who, scope, begin) >= limit:
            raise ProxyError(
                429,
                f"The token limit of this {scope} is reached: {limit} until {end:%Y-%m-%d} (UTC).",
                kind="rate_limit_error",
                code="token_limit_reached",
                retry_after=str(math.ceil((end - now).total_seconds())),
            )


async def _used(database: Database, who: Identity, scope: usage.Scope, begin: datetime) -> int:
    since = f"{begin:%Y-%m-%d}"
    return await database.read(lambda session: usage.tokens(session, who, scope=scope, since=since))
