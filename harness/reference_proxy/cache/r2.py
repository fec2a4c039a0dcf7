"""The R2 tier, by its S3 API: for answers that are to outlive Workers KV's time to live, or are too large for it.

The one rule: R2 can only ever help. It keeps an object until somebody drops it, so an entry's age is its reader's to
check, and a new answer takes the place of an old one.
Source: Cloudflare docs, R2, S3 API compatibility; Amazon S3 API, ListObjectsV2 and DeleteObjects.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import httpx

from harness.reference_proxy.answers.failures import wall_clock
from harness.reference_proxy.cache.durable import DurableStore, StoreError
from harness.reference_proxy.cache.signing import S3Key, signed
from harness.reference_proxy.settings import Settings


class R2Tier(DurableStore):
    """One bucket, or the part of it whose keys begin with the prefix; `wall` gives seconds since the epoch."""

    def __init__(
        self,
        settings: Settings,
        client: httpx.AsyncClient,
        *,
        wall: Callable[[], float] = wall_clock,
        prefix: str | None = None,
        max_bytes: int | None = None,
    ) -> None:
        super().__init__(
            client,
            prefix=settings.r2_prefix if prefix is None else prefix,
            max_bytes=settings.largest_entry_bytes if max_bytes is None else max_bytes,
        )
        self._settings = settings
        self._wall = wall
        self._key = S3Key(key_id=settings.r2_access_key_id, secret=settings.r2_secret_access_key)

    @property
    def _timeout_s(self) -> float:
        return self._settings.r2_timeout_s

    def _reading(self, name: str) -> httpx.Request:
        return self._request("GET", f"/{name}")

    def _writing(self, name: str, value: bytes, about: Mapping[str, str]) -> httpx.Request:
        told = {f"x-amz-meta-{key.replace('_', '-')}": value for key, value in about.items()}
        return self._request(
            "PUT", f"/{name}", headers={"content-type": "application/octet-stream", **told}, body=value
        )

    async def _page(self, start: str, cursor: str) -> tuple[Sequence[str], str]:
        asked = {"list-type": "2", "prefix": start, "encoding-type": "url"}
        query = {**asked, **({"continuation-token": cursor} if cursor else {})}
        body = await self._asked(self._request("GET", query=query))
        if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
            raise StoreError("R2 listed its keys in XML that defines entities")
        try:
            page = ET.fromstring(body)  # noqa: S314 - what could expand was refused above
        except ET.ParseError:
            raise StoreError("R2 listed its keys in no form that is known") from None
        names = [unquote(each.text or "") for each in page.iterfind("{*}Contents/{*}Key")]
        return names, page.findtext("{*}NextContinuationToken") or ""

    async def _drop(self, names: Sequence[str]) -> None:
        keys = "".join(f"<Object><Key>{escape(name)}</Key></Object>" for name in names)
        body = f"<Delete><Quiet>true</Quiet>{keys}</Delete>".encode()
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        headers = {"content-type": "application/xml", "content-md5": digest}
        told = await self._asked(self._request("POST", query={"delete": ""}, headers=headers, body=body))
        if b"<Error>" in told:
            raise StoreError("R2 kept some of the objects that it was to drop")

    def _request(
        self,
        method: str,
        below: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> httpx.Request:
        settings = self._settings
        request = signed(
            method,
            settings.r2_url,
            f"/{settings.r2_bucket}{below}",
            key=self._key,
            now_s=self._wall(),
            query=query,
            headers=headers,
            body=body,
        )
        request.extensions["timeout"] = self._client.timeout.as_dict()
        return request
