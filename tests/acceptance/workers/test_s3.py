"""R2 by both its doors at once: a Worker's binding on real workerd, and AWS's own client at the running mock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from fault_injection.plan import Plan
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.playing.lane import Lane
from tests.acceptance.workers.calling import called, calling_by, strike
from tests.harness.mock_cloudflare.r2.client import HOST, client_for, code_of

pytestmark = pytest.mark.acceptance

WRANGLER = """{
  "main": "calls.mjs", "compatibility_date": "2026-11-01",
  "r2_buckets": [{ "binding": "BUCKET", "bucket_name": "files" }]
}
"""
CALLS = """{
  put: async (env) => (await env.BUCKET.put('by/binding', 'hello', {
    customMetadata: { x: 'y' }, httpMetadata: { contentType: 'text/css' },
  })).etag,
  read: async (env) => {
    const found = await env.BUCKET.get('by/s3')
    return [await found.text(), found.etag, found.httpMetadata, found.customMetadata]
  },
  list: async (env) => (await env.BUCKET.list()).objects.map((each) => [each.key, each.size]),
  fetched: async (env, request) => {
    const answer = await fetch(new URL(request.url).searchParams.get('url'))
    return [answer.status, await answer.text()]
  },
}"""
KEY = {"Bucket": "files", "Key": "by/s3"}


@pytest.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    async with Lane(calling_by(tmp_path, WRANGLER, CALLS), seed=1, logs=tmp_path / "logs") as lane:
        yield lane


async def _by_s3(lane: Lane, call: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - botocore has no types
    """Call the mock from beside the loop that serves it."""
    client = client_for(lane.server.url, MockSettings())
    return await asyncio.to_thread(call, client)


def _value(client: Any) -> bytes:  # noqa: ANN401
    value: bytes = client.get_object(**KEY)["Body"].read()
    return value


async def test_what_the_binding_puts_s3_reads(lane: Lane) -> None:
    etag = await called(lane, "put")

    found = await _by_s3(lane, lambda s3: s3.get_object(Bucket="files", Key="by/binding"))

    assert (found["ETag"], found["ContentType"], found["Metadata"]) == (f'"{etag}"', "text/css", {"x": "y"})
    assert found["Body"].read() == b"hello"


async def test_what_s3_puts_the_binding_reads(lane: Lane) -> None:
    put = await _by_s3(lane, lambda s3: s3.put_object(**KEY, Body=b"hi", ContentType="text/plain", Metadata={"a": "b"}))

    assert await called(lane, "read") == ["hi", put["ETag"].strip('"'), {"contentType": "text/plain"}, {"a": "b"}]


async def test_what_s3_puts_in_parts_the_binding_lists(lane: Lane) -> None:
    def upload(s3: Any) -> None:  # noqa: ANN401
        begun = {**KEY, "UploadId": s3.create_multipart_upload(**KEY)["UploadId"]}
        etag = s3.upload_part(**begun, PartNumber=1, Body=b"x" * 6_000_000)["ETag"]
        s3.complete_multipart_upload(**begun, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})

    await _by_s3(lane, upload)

    assert await called(lane, "list") == [["by/s3", 6_000_000]]


async def test_a_worker_fetches_a_presigned_url_of_r2s_own_host(lane: Lane) -> None:
    await _by_s3(lane, lambda s3: s3.put_object(**KEY, Body=b"hi"))
    there = client_for(HOST.format(account=MockSettings().account_id), MockSettings())
    url = there.generate_presigned_url("get_object", Params=KEY)

    assert await called(lane, f"fetched?url={quote(url, safe='')}") == [200, "hi"]
    status, text = await called(lane, f"fetched?url={quote(url.partition('?')[0], safe='')}")
    assert (status, "<Code>Unauthorized</Code>" in text) == (401, True)


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ("http.status(code=429)", (429, "TooManyRequests")),
        ("http.status(code=500)", (500, "InternalError")),
        ("http.status(code=503)", (503, "ServiceUnavailable")),
    ],
)
async def test_a_fault_is_thrown_by_the_official_client(lane: Lane, faults: str, code: tuple[int, str]) -> None:
    strike(lane, "r2.get", faults)

    with pytest.raises(ClientError) as caught:
        await _by_s3(lane, _value)

    assert code_of(caught.value) == code


@pytest.mark.parametrize("faults", ["tcp.reset()", "http.wrong_content_length()"])
async def test_a_broken_connection_is_felt_by_the_official_client(lane: Lane, faults: str) -> None:
    await _by_s3(lane, lambda s3: s3.put_object(**KEY, Body=b"hello"))
    strike(lane, "r2.get", faults)

    with pytest.raises(HTTPClientError):
        await _by_s3(lane, _value)


async def test_a_write_whose_answer_is_lost_has_happened(lane: Lane) -> None:
    strike(lane, "r2.put", "tcp.reset()")
    with pytest.raises(HTTPClientError):
        await _by_s3(lane, lambda s3: s3.put_object(**KEY, Body=b"hello"))
    lane.server.set_plan(Plan())

    assert await _by_s3(lane, _value) == b"hello"
