"""The Workers KV tier over Cloudflare's REST API: read, written with metadata and a time to live, cleared by listing.

The one rule: KV can only ever help. Slow, down or lying, it costs a request no more than its timeout.
Source: Cloudflare docs, Workers KV API (`values/{key}`, `keys`, `bulk/delete`).
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from harness.reference_proxy import jsontext
from harness.reference_proxy.cache.durable import DurableStore, StoreError
from harness.reference_proxy.settings import Settings


class KvTier(DurableStore):
    """One namespace, or the part of it whose keys begin with the prefix."""

    def __init__(
        self, settings: Settings, client: httpx.AsyncClient, *, prefix: str | None = None, max_bytes: int | None = None
    ) -> None:
        super().__init__(
            client,
            prefix=settings.kv_prefix if prefix is None else prefix,
            max_bytes=settings.largest_entry_bytes if max_bytes is None else max_bytes,
        )
        self._settings = settings

    @property
    def _timeout_s(self) -> float:
        return self._settings.kv_timeout_s

    def _reading(self, name: str) -> httpx.Request:
        headers = self._headers() | {"Accept": "application/octet-stream"}
        return self._client.build_request("GET", self._path("values", name), headers=headers)

    def _writing(self, name: str, value: bytes, about: Mapping[str, str]) -> httpx.Request:
        content_type, body = _form(value=value, metadata=jsontext.dumps(dict(about)))
        return self._client.build_request(
            "PUT",
            self._path("values", name),
            params={"expiration_ttl": str(self._settings.kv_ttl_s)},
            headers=self._headers() | {"Content-Type": content_type},
            content=body,
        )

    async def _page(self, start: str, cursor: str) -> tuple[Sequence[str], str]:
        asked = {"prefix": start, "limit": "1000", **({"cursor": cursor} if cursor else {})}
        request = self._client.build_request("GET", self._path("keys"), params=asked, headers=self._headers())
        try:
            page: Any = jsontext.loads((await self._asked(request)).decode())
            names = [str(each["name"]) for each in page["result"]]
            further = (page.get("result_info") or {}).get("cursor") or ""
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StoreError("Workers KV listed its keys in no form that is known") from None
        return names, str(further)

    async def _drop(self, names: Sequence[str]) -> None:
        body, headers = jsontext.dumps(list(names)), self._headers() | {"Content-Type": "application/json"}
        await self._asked(self._client.build_request("POST", self._path("bulk/delete"), headers=headers, content=body))

    def _path(self, what: str, name: str = "") -> str:
        account, namespace = self._settings.account_id, self._settings.kv_namespace
        below = f"{what}/{quote(name, safe='')}" if name else what  # a key is one segment, whatever is in it
        return f"/client/v4/accounts/{account}/storage/kv/namespaces/{namespace}/{below}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.api_token}"}


def _form(**parts: bytes) -> tuple[str, bytes]:
    """The content type and the body of a form; only in a form does a value go with metadata."""
    boundary = secrets.token_hex(16)
    mark = f"--{boundary}".encode()
    named = [
        b'%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (mark, name.encode(), value)
        for name, value in parts.items()
    ]
    return f"multipart/form-data; boundary={boundary}", b"".join([*named, mark, b"--\r\n"])
