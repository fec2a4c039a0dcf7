"""The upstream client: calls Workers AI and hands back whole answers or live chunks, or an UpstreamError.

The one rule: every response opened here is closed here or by the LiveSource that owns it, whatever happens.
"""

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import httpx

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import completions, failures
from harness.reference_proxy.answers.chunks import Translator
from harness.reference_proxy.answers.ndjson import KINDS as NDJSON
from harness.reference_proxy.answers.ndjson import LineParser
from harness.reference_proxy.answers.sse import SseParser
from harness.reference_proxy.errors import UpstreamError, upstream_broken, upstream_timeout
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.regions import Regions
from harness.reference_proxy.upstream.routes import UpstreamCall
from harness.reference_proxy.upstream.sources import (
    ChunkSource,
    LiveSource,
    WholeSource,
    blocks_of,
    collect,
    next_block,
)

_ERROR_BODY_MAX_BYTES = 64 * 1024
_LEAST_FIRST_WAIT_S = 0.05  # for a first event whose headers came at the last moment


class Upstream:
    """Workers AI as this account sees it; `wall` gives seconds since the epoch.

    Anything else that speaks OpenAI's dialect lies at a `root` of its own under the settings' `upstream`.
    """

    def __init__(
        self,
        settings: Settings,
        client: httpx.AsyncClient,
        *,
        wall: Callable[[], float] = failures.wall_clock,
        clock: Callable[[], float] = time.monotonic,
        root: str | None = None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._wall = wall
        self._regions = Regions(settings.regions, rest_s=settings.region_rest_s, clock=clock)
        self._root = f"/client/v4/accounts/{settings.account_id}/" if root is None else root
        self._scrub = failures.scrubber([settings.api_token, settings.account_id, settings.kv_namespace])

    async def complete(self, call: UpstreamCall) -> dict[str, Any]:
        """The whole answer to a call, without an id; an answer that streams although not asked to is collected."""
        source = await self.open(call)
        try:
            return await collect(source, max_bytes=self._settings.max_answer_bytes)
        finally:
            await source.aclose()

    async def open(self, call: UpstreamCall) -> ChunkSource:
        """The answer to a call, its status and kind checked; raises UpstreamError before any of it is used."""
        clock = asyncio.get_running_loop().time
        sent_s = clock()
        response = await self._send(call)
        try:
            kind = _kind(response)
            if response.status_code == 200 and (kind == "text/event-stream" or (call.stream and kind in NDJSON)):
                left_s = self._settings.first_byte_timeout_s - (clock() - sent_s)
                return self._live(call, response, max(left_s, _LEAST_FIRST_WAIT_S))
            if response.status_code == 200:
                completion = await self._document(call, response, kind)
                await response.aclose()
                return WholeSource(completion, include_usage=call.include_usage)
            body = await self._error_body(response)
            raise failures.from_response(
                response.status_code,
                _agreed(response, "retry-after"),
                body,
                scrub=self._scrub,
                now=self._wall(),
            )
        except BaseException:
            await response.aclose()
            raise

    def _headers(self, call: UpstreamCall) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._settings.api_token}",
            "Content-Type": "application/json",
            "Accept": "text/event-stream, application/json" if call.stream else "application/json",
            "Accept-Encoding": "identity" if call.stream else "gzip",
        }

    async def _send(self, call: UpstreamCall) -> httpx.Response:
        region = self._regions.pick()
        try:
            response = await self._send_to(region, call)
        except UpstreamError:
            self._regions.failed(region)
            raise
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._regions.failed(region)
        return response

    async def _send_to(self, region: str, call: UpstreamCall) -> httpx.Response:
        # Not by the client's `build_request`, which puts the URL together anew for each and adds headers nobody wants,
        # and not by its `content`, for which httpx goes through the headers twice more.
        url, body = _url(region, f"{self._root}{call.path}"), jsontext.dumps(call.body)
        host, length_bytes = url.netloc.decode("ascii"), str(len(body))
        request = httpx.Request(
            "POST",
            url,
            headers={"Host": host, **self._headers(call), "Content-Length": length_bytes},
            stream=httpx.ByteStream(body),
            extensions={"timeout": self._client.timeout.as_dict()},
        )
        request.read()
        try:
            async with asyncio.timeout(self._settings.first_byte_timeout_s):
                return await self._client.send(request, stream=True)
        except httpx.TimeoutException:
            raise upstream_timeout("The upstream could not be reached in time.") from None
        except TimeoutError:
            raise upstream_timeout("The upstream did not answer in time.") from None
        except (httpx.HTTPError, OSError):
            raise UpstreamError(502, "The upstream could not be reached.", code="upstream_unreachable") from None

    def _live(self, call: UpstreamCall, response: httpx.Response, first_timeout_s: float) -> LiveSource:
        translator = Translator(
            model=call.model,
            created=int(self._wall()),
            include_usage=call.include_usage,
            choices=call.choices,
            scrub=self._scrub,
        )
        read_by = LineParser if _kind(response) in NDJSON else SseParser
        parser = read_by(max_event_bytes=self._settings.max_event_bytes)
        return LiveSource(
            response,
            parser,
            translator,
            first_timeout_s=first_timeout_s,
            idle_timeout_s=self._settings.upstream_idle_timeout_s,
        )

    async def _document(self, call: UpstreamCall, response: httpx.Response, kind: str) -> dict[str, Any]:
        body = await self._read(response, self._settings.max_answer_bytes)
        try:
            payload = jsontext.loads(body.decode("utf-8-sig"))
        except ValueError:
            raise upstream_broken("The upstream's answer is not JSON.", code="upstream_invalid_answer") from None
        if completions.failed(payload):
            retry_after = _agreed(response, "retry-after")
            raise failures.from_response(200, retry_after, body, scrub=self._scrub, now=self._wall())
        if kind in ("text/html", "application/xhtml+xml"):
            raise upstream_broken("The upstream answered with a web page.", code="upstream_invalid_answer")
        return completions.from_json(payload, model=call.model, created=int(self._wall()))

    async def _read(self, response: httpx.Response, max_bytes: int) -> bytes:
        pieces, size = [], 0
        blocks = blocks_of(response)
        while (block := await next_block(blocks, self._settings.upstream_idle_timeout_s)) is not None:
            pieces.append(block)
            size += len(block)
            if size > max_bytes:
                raise upstream_broken("The upstream's answer is too large.", code="upstream_too_large")
        return b"".join(pieces)

    async def _error_body(self, response: httpx.Response) -> bytes:
        try:
            return await self._read(response, _ERROR_BODY_MAX_BYTES)
        except UpstreamError:
            return b""  # the status alone says enough


@lru_cache(maxsize=256)  # clients name the models, but few of them
def _url(base: str, path: str) -> httpx.URL:
    return httpx.URL(base + path)


def _kind(response: httpx.Response) -> str:
    return (_agreed(response, "content-type") or "").partition(";")[0].strip().lower()


def _agreed(response: httpx.Response, name: str) -> str | None:
    # A header that came twice counts once, unless the two contradict each other (RFC 9110 §5.3).
    values = {value.strip() for value in response.headers.get_list(name)}
    return values.pop() if len(values) == 1 else None
