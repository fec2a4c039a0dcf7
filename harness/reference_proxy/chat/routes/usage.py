"""Usage over HTTP.

The one rule: sums of the own tenant alone; of others in it only what they took together.
"""

from aiohttp import web

from harness.reference_proxy.chat import forms, wanted
from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.routes.door import Door, answer
from harness.reference_proxy.chat.storage import usage


class UsageRoutes:
    """The handler."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount it."""
        router.add_get("/api/v1/usage", self._door.known(self.spent), allow_head=False)

    async def spent(self, request: web.Request, who: Identity) -> web.Response:
        """GET /api/v1/usage: tokens and cost by day or month and model, of the user or of the tenant."""
        asked = wanted.query(wanted.Spent, request.query)
        rows = await self._door.database.read(
            lambda session: usage.by_period(
                session,
                who,
                period=asked.by,
                scope=asked.scope,
                since=asked.since.isoformat(),
                until=asked.until.isoformat(),
            )
        )
        total = {
            "answers": sum(row.answers for row in rows),
            "totalTokens": sum(row.total_tokens for row in rows),
            "cost": forms.cost(sum(row.cost_nanos for row in rows)),
        }
        return answer({"scope": asked.scope, "usage": [forms.usage(row, asked.by) for row in rows], "total": total})
