"""The httpx side by itself: what each failure of a call becomes, and what is sent."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
import respx

from harness.reference_proxy.answers import failures
from harness.reference_proxy.cache.kv import KvTier
from harness.reference_proxy.errors import UpstreamError
from harness.reference_proxy.requests import parse
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.client import http_client
from harness.reference_proxy.upstream.routes import UpstreamCall, call_for
from harness.reference_proxy.upstream.upstream import Upstream

BASE = "http://upstream.test"
CHAT = f"{BASE}/client/v4/accounts/acc/ai/v1/chat/completions"
KV = f"{BASE}/client/v4/accounts/acc/storage/kv/namespaces/ns/values/chat-k"
SETTINGS = Settings(
    upstream=BASE, api_token="up-secret", account_id="acc", kv_namespace="ns", kv_timeout_s=0.2,
    first_byte_timeout_s=0.2, upstream_idle_timeout_s=0.2, cache_capture_max_bytes=100,
)  # fmt: skip


@pytest.fixture
def router() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False, using="httpx") as mocked:
        yield mocked


class Pieces(httpx.AsyncByteStream):
    """A body in pieces that may end in an error or in silence."""

    def __init__(self, *pieces: bytes | Exception | None) -> None:
        self._pieces = pieces
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            if piece is None:
                await asyncio.Event().wait()
            else:
                yield piece

    async def aclose(self) -> None:
        self.closed = True


def call(*, stream: bool = True) -> UpstreamCall:
    body = b'{"model":"@cf/meta/m","messages":[{"role":"user","content":"x"}],"stream":%s}'
    request = parse(
        body % (b"true" if stream else b"false"), caller="c", default_model="d", max_depth=9, max_messages=9
    )
    return call_for(request, request.model)


def sse(*pieces: bytes | Exception | None) -> tuple[Pieces, httpx.Response]:
    body = Pieces(*pieces)
    return body, httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=body)


GOOD = b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (httpx.ConnectError("x"), 502),
        (httpx.ConnectTimeout("x"), 504),
        (httpx.PoolTimeout("x"), 504),
        (httpx.RemoteProtocolError("x"), 502),
        (httpx.WriteError("x"), 502),
        (OSError("x"), 502),
    ],
)
async def test_a_call_that_gets_no_answer_is_a_failure_worth_retrying(
    router: respx.MockRouter, error: Exception, status: int
) -> None:
    router.post(CHAT).mock(side_effect=error)
    async with http_client(SETTINGS) as client:
        with pytest.raises(UpstreamError) as caught:
            await Upstream(SETTINGS, client).open(call())

    assert (caught.value.status, caught.value.retryable, caught.value.discredits) == (status, True, True)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (httpx.ReadError("x"), 502),
        (httpx.RemoteProtocolError("x"), 502),
        (httpx.DecodingError("x"), 502),
        (httpx.ReadTimeout("x"), 504),
        (None, 504),
    ],
)
async def test_what_came_before_a_break_is_delivered_and_the_response_is_closed(
    router: respx.MockRouter, end: Exception | None, status: int
) -> None:
    body, response = sse(GOOD, end)
    router.post(CHAT).mock(return_value=response)
    async with http_client(SETTINGS) as client:
        source = await Upstream(SETTINGS, client).open(call())
        first = await source.next()
        with pytest.raises(UpstreamError) as caught:
            await source.next()
        await source.aclose()

    assert first is not None
    assert first["choices"][0]["delta"]["content"] == "a"
    assert caught.value.status == status
    assert body.closed


async def test_a_chunk_put_back_comes_again(router: respx.MockRouter) -> None:
    _, response = sse(GOOD, b"data: [DONE]\n\n", httpx.ReadError("after the end nothing matters"))
    router.post(CHAT).mock(return_value=response)
    async with http_client(SETTINGS) as client:
        source = await Upstream(SETTINGS, client).open(call())
        first = await source.next()
        assert first is not None
        source.push_back(first)
        again, end = await source.next(), await source.next()
        await source.aclose()

    assert again is first
    assert end is None


async def test_an_error_body_that_breaks_leaves_the_status(router: respx.MockRouter) -> None:
    router.post(CHAT).mock(return_value=httpx.Response(503, stream=Pieces(b"{", httpx.ReadError("x"))))
    async with http_client(SETTINGS) as client:
        with pytest.raises(UpstreamError) as caught:
            await Upstream(SETTINGS, client).open(call())

    assert caught.value.status == 503


async def test_a_stream_nobody_asked_for_is_collected(router: respx.MockRouter) -> None:
    _, response = sse(GOOD, b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
    router.post(CHAT).mock(return_value=response)
    async with http_client(SETTINGS) as client:
        completion = await Upstream(SETTINGS, client).complete(call(stream=False))

    assert completion["choices"][0]["message"]["content"] == "a"
    assert router.calls.last.request.headers["accept-encoding"] == "gzip"


async def test_nothing_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with http_client(SETTINGS) as client:
        assert not client.trust_env
        assert all(transport is None for transport in client._mounts.values())


def test_messages_for_clients_carry_no_secret_and_no_address() -> None:
    scrub = failures.scrubber(["up-secret", "", "acc"])

    text = scrub("see https://x.y/z?t=1 with up-secret\r\nfor acc " + "x" * 1000)

    assert text.startswith("see [url] with [redacted] for [redacted] x")
    assert len(text) == 500


@pytest.mark.parametrize(
    ("response", "found"),
    [
        (httpx.Response(200, content=b"value"), b"value"),
        (httpx.Response(404), None),
        (httpx.Response(500), None),
        (httpx.Response(200, content=b"x" * 9000), None),
        (httpx.Response(200, stream=Pieces(b"a", None)), None),
        (httpx.Response(200, stream=Pieces(httpx.ReadError("x"))), None),
    ],
)
async def test_kv_gives_a_value_or_nothing(
    router: respx.MockRouter, response: httpx.Response, found: bytes | None
) -> None:
    router.get(KV).mock(return_value=response)
    async with http_client(SETTINGS) as client:
        assert await KvTier(SETTINGS, client).get("k") == found


@pytest.mark.parametrize("outcome", [httpx.Response(429), httpx.ConnectError("x"), httpx.ReadTimeout("x")])
async def test_a_write_that_fails_is_counted_and_forgotten(
    router: respx.MockRouter, outcome: httpx.Response | Exception
) -> None:
    router.put(KV).mock(side_effect=[outcome])
    async with http_client(SETTINGS) as client:
        kv = KvTier(SETTINGS, client)
        kv.put_soon("k", b"v", {})
        await kv.aclose()

    assert kv.errors == 1


async def test_writes_do_not_pile_up(router: respx.MockRouter) -> None:
    router.put(KV).mock(return_value=httpx.Response(200))
    patient = replace(SETTINGS, kv_timeout_s=30)  # so many at once take their time on a busy machine
    async with http_client(patient) as client:
        kv = KvTier(patient, client)
        for _ in range(70):
            kv.put_soon("k", b"v", {})
        await kv.aclose()

    assert (router.calls.call_count, kv.errors) == (64, 6)


@pytest.mark.parametrize(("second", "read"), [("text/event-stream", True), ("text/html", False)])
async def test_a_header_that_comes_twice_counts_once_unless_it_contradicts_itself(
    router: respx.MockRouter, second: str, *, read: bool
) -> None:
    headers = [("Content-Type", "text/event-stream"), ("Content-Type", second)]
    router.post(CHAT).mock(return_value=httpx.Response(200, headers=headers, stream=Pieces(GOOD)))
    async with http_client(SETTINGS) as client:
        try:
            source = await Upstream(SETTINGS, client).open(call())
            found = await source.next() is not None
            await source.aclose()
        except UpstreamError as error:
            found = error.status != 502

    assert found is read
