"""A request is signed exactly as AWS's own library signs it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.reference_proxy.cache.signing import S3Key, signed

ENDPOINT = "http://127.0.0.1:8787"
AT = datetime(2026, 11, 29, 17, 0, 1)  # noqa: DTZ001 - as botocore has it
NOW_S = AT.replace(tzinfo=UTC).timestamp()
KEY = S3Key(key_id="AKID", secret="sekret")


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body"),
    [
        ("GET", "/bucket/k", {}, {}, b""),
        ("PUT", "/bucket/a b/ü+~'(1)", {}, {"content-type": "text/plain", "x-amz-meta-model": "@cf/x"}, b"hello"),
        ("GET", "/bucket", {"prefix": "a/ b", "list-type": "2", "continuation-token": "x+/="}, {}, b""),
        ("POST", "/bucket", {"delete": ""}, {"content-md5": "abc=="}, b"<Delete/>"),
    ],
)
def test_it_is_signed_as_botocore_signs_it(
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
) -> None:
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: AT)
    ours = signed(method, ENDPOINT, path, key=KEY, now_s=NOW_S, query=query, headers=headers, body=body)

    theirs = AWSRequest(method, str(ours.url), headers=headers, data=body)
    theirs.context["payload_signing_enabled"] = True
    S3SigV4Auth(Credentials("AKID", "sekret"), "s3", "auto").add_auth(theirs)

    assert ours.headers["authorization"] == theirs.headers["Authorization"]
    assert ours.content == body


def test_a_key_shows_no_secret() -> None:
    assert "sekret" not in repr(KEY)
