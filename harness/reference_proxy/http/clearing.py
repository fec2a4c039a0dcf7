"""Clearing the cache over HTTP: a caller may have forgotten what is kept for it, and nobody else's.

The one rule: the same door as for chats decides who asks; what is kept is found by the caller's own part of its keys.
"""

from aiohttp import web

from harness.reference_proxy import requests
from harness.reference_proxy.cache.durable import StoreError
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http.app import RECORD, Front


class Clearing(Front):
    """The handler of `DELETE /v1/cache`."""

    async def clear(self, request: web.Request) -> web.Response:
        """Forget, in every store, what is kept for this caller; answers with how many answers that were."""
        try:
            dropped = await self._service.clear(requests.owner_of(self._admit(request)) + "-")
        except StoreError as error:
            self._log.error("not_cleared", id=request[RECORD].id, failure=str(error))
            raise ProxyError(
                502, "A store of the cache was not cleared.", kind="upstream_error", code="store_not_cleared"
            ) from None
        return web.json_response({"dropped": dropped})
