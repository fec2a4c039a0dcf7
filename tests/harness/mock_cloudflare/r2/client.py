"""AWS's own S3 client, asking a mock without any socket in between."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.settings import MockSettings
from tests.harness.mock_cloudflare.asking import Asker

HOST = "https://{account}.r2.cloudflarestorage.com"


class _Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.read()


def client_of(asker: Asker, endpoint: str = "", *, settings: MockSettings | None = None, **config: object) -> Any:  # noqa: ANN401 - botocore has no types
    """Return a client of the mock; each of its calls is answered and committed."""
    known = settings or asker.settings
    client = client_for(endpoint or HOST.format(account=known.account_id), known, **config)

    def send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        url = urlsplit(request.url)
        headers = (("host", url.netloc), *((name, _text(value)) for name, value in request.headers.items()))
        body = request.body or b""
        raw = body if isinstance(body, bytes | bytearray) else body.read()
        asked = Request(method=request.method, path=url.path, query=url.query, headers=headers, body=bytes(raw))
        answer = asker.mock.answer(asked, now_s=asker.now_s)
        asker.mock.commit(answer)
        reply = answer.reply
        told = b"" if request.method == "HEAD" else reply.body_bytes
        length = ("content-length", str(len(reply.body_bytes)))
        return AWSResponse(request.url, reply.status, dict((*reply.headers, length)), _Raw(told))

    client.meta.events.register_first("before-send.s3", send)
    return client


def client_for(endpoint: str, settings: MockSettings, **config: object) -> Any:  # noqa: ANN401 - botocore has no types
    """Return a client that reaches an endpoint by itself and never asks twice."""
    told = Config(retries={"total_max_attempts": 1}, region_name="auto", **config)
    return _session().client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=settings.r2_access_key_id,
        aws_secret_access_key=settings.r2_secret_access_key,
        config=told,
    )


@cache
def _session() -> Any:  # noqa: ANN401 - botocore has no types
    """One session for all: it reads botocore's models but once."""
    return boto3.session.Session()


def code_of(error: ClientError) -> tuple[int, str]:
    """Return the status and the code of what the client threw."""
    return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
