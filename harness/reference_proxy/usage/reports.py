"""The reporting endpoint: `GET /v1/usage`, by model or by user, with hit rate and cost.

The one rule: a caller sees what it has used itself. All users are for whoever has the token that is set for reports.
Numbers that cannot be had are an error, never zeros.
"""

import hmac

import httpx
from aiohttp import web

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.http.app import Front
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.usage import queries
from harness.reference_proxy.usage.points import user_of
from harness.reference_proxy.usage.writer import PointWriter

_MOST_DAYS = 90  # Cloudflare docs, Analytics Engine, limits: points are kept for three months
_USUAL_DAYS = 30
_TIMEOUT_S = 5.0
_DEEPEST = 16


class Reports(Front):
    """The handler of reports: the door of chats, and an answer of its own."""

    def __init__(
        self, writer: PointWriter, client: httpx.AsyncClient, settings: Settings, *parts: object, **more: object
    ) -> None:
        super().__init__(settings, *parts, **more)  # type: ignore[arg-type] # passed on as they come
        self._writer = writer
        self._client = client

    async def usage(self, request: web.Request) -> web.Response:
        """GET: what the caller has used; of everybody for whoever has the token for reports."""
        everybody = self._may_see_all(request)
        caller = "" if everybody else self._admit(request)
        by = _by(request)
        days = _days(request)
        # What waits is counted first: a point that is written meanwhile may then be told twice, but never not at all.
        waiting, dropped = self._writer.waiting, self._writer.dropped
        user = None if everybody else user_of(caller)
        rows = await self._rows(queries.usage(self._settings.usage_dataset, by=by, days=days, user=user), by)
        document = {
            "object": "usage", "by": by, "days": days, "rows": rows, "total": queries.summed(rows),
            "waiting": waiting, "dropped": dropped,
        }  # fmt: skip
        return web.Response(body=jsontext.dumps(document), content_type="application/json")

    async def _rows(self, query: str, by: queries.By) -> list[dict[str, object]]:
        path = f"/client/v4/accounts/{self._settings.account_id}/analytics_engine/sql"
        headers = {"Authorization": f"Bearer {self._settings.api_token}"}
        try:
            response = await self._client.post(path, content=query.encode(), headers=headers, timeout=_TIMEOUT_S)
            if response.status_code != 200:
                if queries.UNKNOWN_TABLE in response.text:
                    return []
                raise _unavailable()
            return queries.rows_of(jsontext.loads(response.text, max_depth=_DEEPEST), by=by)
        except (httpx.HTTPError, OSError, ValueError, KeyError):
            raise _unavailable() from None

    def _may_see_all(self, request: web.Request) -> bool:
        token = self._settings.usage_token
        given = request.headers.get("Authorization", "")
        return bool(token) and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), f"Bearer {token}".encode())


def _by(request: web.Request) -> queries.By:
    by = request.query.get("by", "model")
    if by == "model":
        return "model"
    if by == "user":
        return "user"
    raise invalid_request("'by' must be model or user.", code="invalid_parameter", param="by")


def _days(request: web.Request) -> int:
    text = request.query.get("days", str(_USUAL_DAYS))
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 0 < int(text) <= _MOST_DAYS):
        raise invalid_request(
            f"'days' must be a whole number from 1 to {_MOST_DAYS}.", code="invalid_parameter", param="days"
        )
    return int(text)


def _unavailable() -> ProxyError:
    return ProxyError(503, "Usage cannot be read now.", kind="server_error", code="usage_unavailable")
