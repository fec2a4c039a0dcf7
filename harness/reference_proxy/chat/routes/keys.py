"""A user's own keys over HTTP: make, list, rotate, revoke.

The one rule: a token is in the answer that makes it, and nowhere else.
"""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat import forms, wanted
from harness.reference_proxy.chat.identity import Identity, hash_of, new_token
from harness.reference_proxy.chat.ids import new_id
from harness.reference_proxy.chat.routes.door import Door, answer
from harness.reference_proxy.chat.storage import accounts
from harness.reference_proxy.chat.storage.tables import Key
from harness.reference_proxy.chat.storage.turns import not_found


class KeyRoutes:
    """The handlers; `now` gives the time in UTC."""

    def __init__(self, door: Door, *, now: Callable[[], datetime]) -> None:
        self._door = door
        self._database = door.database
        self._now = now

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount them."""
        known = self._door.known
        router.add_get("/api/v1/keys", known(self.listed), allow_head=False)
        router.add_post("/api/v1/keys", known(self.add))
        router.add_post("/api/v1/keys/{id}/rotate", known(self.rotate))
        router.add_delete("/api/v1/keys/{id}", known(self.revoke))

    async def listed(self, _: web.Request, who: Identity) -> web.Response:
        """GET /api/v1/keys."""
        rows = await self._database.read(lambda session: accounts.keys(session, who))
        return answer({"keys": [forms.key(row) for row in rows]})

    async def add(self, request: web.Request, who: Identity) -> web.Response:
        """POST /api/v1/keys."""
        name = (await self._door.body(request, wanted.NewKey)).name
        key_id, token, now = new_id("key"), new_token(), self._now()
        row = await self._database.write(
            lambda session: accounts.add_key(session, who, key_id=key_id, name=name, token_hash=hash_of(token), now=now)
        )
        return answer({**forms.key(row), "token": token}, status=201)

    async def rotate(self, request: web.Request, who: Identity) -> web.Response:
        """POST /api/v1/keys/{id}/rotate: a new token for an old one, which ends now. Answers under way go on."""
        old_id, key_id, token, now = request.match_info["id"], new_id("key"), new_token(), self._now()

        async def exchange(session: AsyncSession) -> Key:
            old = await accounts.revoke_key(session, who, old_id, now=now)
            if old is None or old.revoked_at != now:
                raise not_found("key")
            return await accounts.add_key(
                session, who, key_id=key_id, name=old.name, token_hash=hash_of(token), now=now
            )

        return answer({**forms.key(await self._database.write(exchange)), "token": token}, status=201)

    async def revoke(self, request: web.Request, who: Identity) -> web.Response:
        """DELETE /api/v1/keys/{id}: the key ends now. Answers under way go on."""
        key_id, now = request.match_info["id"], self._now()
        if await self._database.write(lambda session: accounts.revoke_key(session, who, key_id, now=now)) is None:
            raise not_found("key")
        return answer({"success": True, "id": key_id})
