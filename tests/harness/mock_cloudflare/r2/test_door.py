"""The S3 door of R2 as AWS's own client finds it, and the same objects behind the binding."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from fault_injection.dice import dice
from fault_injection.families.http import Status
from fault_injection.fault import Turn
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from tests.harness.mock_cloudflare.bindings.calling import Caller
from tests.harness.mock_cloudflare.r2.client import client_of, code_of

MD5 = "5d41402abc4b2a76b9719d911017c592"
MIB = 1024 * 1024


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.fixture
def s3(caller: Caller) -> Any:  # noqa: ANN401 - botocore has no types
    client = client_of(caller)
    client.put_object(
        Bucket="bucket", Key="a/ü b+c", Body=b"hello", ContentType="text/plain", Metadata={"x": "y"}, CacheControl="no"
    )
    return client


def _refusal(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    return code_of(caught.value)


def test_an_object_comes_back_as_it_was_put(s3: Any) -> None:  # noqa: ANN401
    found = s3.get_object(Bucket="bucket", Key="a/ü b+c")

    assert found["Body"].read() == b"hello"
    assert (found["ETag"], found["ContentType"], found["CacheControl"]) == (f'"{MD5}"', "text/plain", "no")
    assert found["Metadata"] == {"x": "y"}
    assert found["LastModified"] == datetime(2025, 11, 24, 16, 0, tzinfo=UTC)


def test_its_head_tells_its_length_and_nothing_of_its_value(s3: Any) -> None:  # noqa: ANN401
    assert s3.head_object(Bucket="bucket", Key="a/ü b+c")["ContentLength"] == 5


@pytest.mark.parametrize(
    ("endpoint", "style"),
    [("http://127.0.0.1:8787", "path"), ("https://{account}.eu.r2.cloudflarestorage.com", "path"), ("", "virtual")],
)
def test_a_bucket_may_stand_in_the_path_or_in_the_host(caller: Caller, s3: Any, endpoint: str, style: str) -> None:  # noqa: ANN401
    where = endpoint.format(account=caller.settings.account_id)
    other = client_of(caller, where, s3={"addressing_style": style})

    assert other.get_object(Bucket="bucket", Key="a/ü b+c")["Body"].read() == b"hello"


@pytest.mark.parametrize(
    ("span", "value", "told"),
    [
        ("bytes=1-3", b"ell", "bytes 1-3/5"),
        ("bytes=3-", b"lo", "bytes 3-4/5"),
        ("bytes=-2", b"lo", "bytes 3-4/5"),
        ("bytes=0-99", b"hello", "bytes 0-4/5"),
        ("bytes=3-1", b"hello", None),
        ("lines=1-2", b"hello", None),
    ],
)
def test_a_part_of_it_can_be_had(s3: Any, span: str, value: bytes, told: str | None) -> None:  # noqa: ANN401
    found = s3.get_object(Bucket="bucket", Key="a/ü b+c", Range=span)

    assert (found["Body"].read(), found.get("ContentRange")) == (value, told)
    assert found["ResponseMetadata"]["HTTPStatusCode"] == (206 if told else 200)


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        ({"IfMatch": f'"{MD5}"'}, None),
        ({"IfMatch": "*"}, None),
        ({"IfMatch": '"other"'}, (412, "PreconditionFailed")),
        ({"IfNoneMatch": f'"{MD5}"'}, (304, "304")),
        ({"IfNoneMatch": '"other"'}, None),
        ({"IfModifiedSince": datetime(2025, 11, 24, 16, 0, tzinfo=UTC)}, (304, "304")),
        ({"IfModifiedSince": datetime(2025, 11, 24, 15, 59, tzinfo=UTC)}, None),
        ({"IfUnmodifiedSince": datetime(2025, 11, 24, 15, 59, tzinfo=UTC)}, (412, "PreconditionFailed")),
        ({"IfMatch": f'"{MD5}"', "IfUnmodifiedSince": datetime(2025, 11, 24, 15, 59, tzinfo=UTC)}, None),
    ],
)
def test_a_condition_decides_over_reading(
    s3: Any,  # noqa: ANN401
    condition: dict[str, object],
    refused: tuple[int, str] | None,
) -> None:
    def read() -> bytes:
        value: bytes = s3.get_object(Bucket="bucket", Key="a/ü b+c", **condition)["Body"].read()
        return value

    if refused is None:
        assert read() == b"hello"
    else:
        assert _refusal(read) == refused


def test_a_condition_decides_over_writing(s3: Any) -> None:  # noqa: ANN401
    def put(**condition: str) -> Callable[[], object]:
        return lambda: s3.put_object(Bucket="bucket", Key="a/ü b+c", Body=b"new", **condition)

    assert _refusal(put(IfNoneMatch="*")) == (412, "PreconditionFailed")
    assert _refusal(put(IfMatch='"other"')) == (412, "PreconditionFailed")
    put(IfMatch=f'"{MD5}"')()
    assert s3.get_object(Bucket="bucket", Key="a/ü b+c")["Body"].read() == b"new"


def test_what_is_wrong_has_r2s_code(caller: Caller, s3: Any) -> None:  # noqa: ANN401
    key = {"Bucket": "bucket", "Key": "k"}
    calls: list[tuple[Callable[[], object], tuple[int, str]]] = [
        (lambda: s3.get_object(**key), (404, "NoSuchKey")),
        (lambda: s3.head_object(**key), (404, "404")),
        (lambda: s3.get_object(Bucket="bucket", Key="a/ü b+c", Range="bytes=5-"), (416, "InvalidRange")),
        (lambda: s3.put_object(**key, Body=b"x", ContentMD5="AAAA"), (400, "InvalidDigest")),
        (lambda: s3.put_object(**key, Body=b"x", ContentMD5="A" * 22 + "=="), (400, "BadDigest")),
        (lambda: s3.put_object(**key, Body=b"x", ChecksumSHA256="AAAA"), (400, "BadDigest")),
        (lambda: s3.put_object(Bucket="bucket", Key="k" * 1025, Body=b"x"), (400, "InvalidObjectName")),
        (lambda: s3.upload_part(**key, UploadId="none", PartNumber=1, Body=b"x"), (404, "NoSuchUpload")),
        (lambda: s3.delete_bucket(Bucket="bucket"), (409, "BucketNotEmpty")),
        (lambda: s3.create_bucket(Bucket="no.dots.here"), (400, "InvalidBucketName")),
        (lambda: s3.get_object_tagging(**key), (501, "NotImplemented")),
    ]

    assert [_refusal(call) for call, _ in calls] == [wanted for _, wanted in calls]
    assert list(caller.mock.bound.buckets["bucket"]) == ["a/ü b+c"]


def test_a_delete_drops_one_or_many(caller: Caller, s3: Any) -> None:  # noqa: ANN401
    for key in ("a", "b<&>", "c"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"")

    s3.delete_object(Bucket="bucket", Key="a")
    deleted = s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "b<&>"}, {"Key": "nothing"}]})

    assert [each["Key"] for each in deleted["Deleted"]] == ["b<&>", "nothing"]
    assert sorted(caller.mock.bound.buckets["bucket"]) == ["a/ü b+c", "c"]


def test_a_list_comes_in_pages_and_by_folder(s3: Any) -> None:  # noqa: ANN401
    for key in ("a/c", "a/d/1", "a/d/2", "z"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"12")

    folder = s3.list_objects_v2(Bucket="bucket", Prefix="a/", Delimiter="/")
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket="bucket", PaginationConfig={"PageSize": 2}))

    assert [each["Key"] for each in folder["Contents"]] == ["a/c", "a/ü b+c"]
    assert [each["Prefix"] for each in folder["CommonPrefixes"]] == ["a/d/"]
    assert [[each["Key"] for each in page["Contents"]] for page in pages] == [
        ["a/c", "a/d/1"],
        ["a/d/2", "a/ü b+c"],
        ["z"],
    ]
    assert pages[0]["Contents"][0]["Size"] == 2
    assert s3.list_objects_v2(Bucket="bucket", MaxKeys=0)["IsTruncated"] is False


def test_a_copy_keeps_the_metadata_or_has_its_own(s3: Any) -> None:  # noqa: ANN401
    source = {"Bucket": "bucket", "Key": "a/ü b+c"}
    s3.copy_object(Bucket="other", Key="same", CopySource=source)
    s3.copy_object(Bucket="other", Key="own", CopySource=source, MetadataDirective="REPLACE", Metadata={"n": "1"})

    assert [s3.head_object(Bucket="other", Key=key)["Metadata"] for key in ("same", "own")] == [{"x": "y"}, {"n": "1"}]
    assert s3.get_object(Bucket="other", Key="own")["Body"].read() == b"hello"


def test_an_object_can_be_put_in_parts(s3: Any) -> None:  # noqa: ANN401
    key = {"Bucket": "bucket", "Key": "large"}
    upload = {**key, "UploadId": s3.create_multipart_upload(**key, Metadata={"p": "q"})["UploadId"]}
    values = [b"a" * (5 * MIB), b"b" * (5 * MIB), b"c"]
    etags = [s3.upload_part(**upload, PartNumber=n, Body=value)["ETag"] for n, value in enumerate(values, 1)]
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]

    assert [each["Size"] for each in s3.list_parts(**upload)["Parts"]] == [5 * MIB, 5 * MIB, 1]
    assert _refusal(lambda: s3.get_object(**key)) == (404, "NoSuchKey")
    assert s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})["ETag"].endswith('-3"')
    found = s3.get_object(**key)
    assert (found["Body"].read(), found["Metadata"]) == (b"".join(values), {"p": "q"})
    assert _refusal(lambda: s3.list_parts(**upload)) == (404, "NoSuchUpload")


def _uploaded(s3: Any, *sizes: int) -> Callable[[list[int]], object]:  # noqa: ANN401
    """Begin an upload, fill it, and return what completes it with parts of these numbers."""
    upload = {"Bucket": "bucket", "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    etags = {n: s3.upload_part(**upload, PartNumber=n, Body=b"x" * size)["ETag"] for n, size in enumerate(sizes, 1)}

    def complete(numbers: list[int]) -> object:
        parts = [{"PartNumber": n, "ETag": etags.get(n, '"none"')} for n in numbers]
        return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    return complete


@pytest.mark.parametrize(
    ("sizes", "numbers", "refused"),
    [
        ([5 * MIB - 1, 1], [1, 2], (400, "EntityTooSmall")),
        ([5 * MIB, 6 * MIB, 1], [1, 2, 3], (400, "InvalidPart")),
        ([5 * MIB, 6 * MIB], [1, 2], (400, "InvalidPart")),
        ([5 * MIB, 1], [1, 3], (400, "InvalidPart")),
        ([5 * MIB, 5 * MIB], [2, 1], (400, "InvalidPart")),
    ],
)
def test_parts_that_do_not_fit_make_no_object(
    s3: Any,  # noqa: ANN401
    sizes: list[int],
    numbers: list[int],
    refused: tuple[int, str],
) -> None:
    complete = _uploaded(s3, *sizes)

    assert _refusal(lambda: complete(numbers)) == refused
    assert _refusal(lambda: s3.head_object(Bucket="bucket", Key="k")) == (404, "404")


def test_an_upload_can_be_given_up(caller: Caller, s3: Any) -> None:  # noqa: ANN401
    upload = {"Bucket": "bucket", "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]

    s3.abort_multipart_upload(**upload)

    assert caller.mock.bound.uploads == {}


def test_buckets_are_made_and_dropped(caller: Caller) -> None:
    settings = replace(caller.settings, r2_buckets=frozenset({"first"}))
    caller.mock = MockCloudflare(settings)
    s3 = client_of(caller)

    assert _refusal(lambda: s3.put_object(Bucket="second", Key="k", Body=b"")) == (404, "NoSuchBucket")
    s3.create_bucket(Bucket="second")
    s3.put_object(Bucket="second", Key="k", Body=b"")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["first", "second"]
    s3.delete_object(Bucket="second", Key="k")
    s3.delete_bucket(Bucket="second")
    assert _refusal(lambda: s3.list_objects_v2(Bucket="second")) == (404, "NoSuchBucket")
    assert s3.head_bucket(Bucket="first")


def test_only_the_right_key_and_secret_may_pass(caller: Caller) -> None:
    stranger = replace(caller.settings, api_token="x" * 40)
    other = client_of(caller, settings=stranger)
    thief = client_of(caller)
    thief._request_signer._credentials.secret_key = "wrong"

    assert _refusal(lambda: other.list_buckets()) == (401, "Unauthorized")
    assert _refusal(lambda: thief.list_buckets()) == (403, "SignatureDoesNotMatch")


def test_a_presigned_url_works_until_it_expires(caller: Caller, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: datetime(2025, 11, 24, 16, 0))  # noqa: DTZ001 - as botocore has it
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "a/ü b+c"}, ExpiresIn=60)
    _, _, rest = url.partition("://")
    host, _, target = rest.partition("/")
    path, _, query = target.partition("?")
    asked = Request(method="GET", path=f"/{path}", query=query, headers=(("host", host),))

    assert caller.mock.answer(asked, now_s=caller.now_s).reply.body_bytes == b"hello"
    late = caller.mock.answer(asked, now_s=caller.now_s + 61).reply
    assert (late.status, b"<Code>ExpiredRequest</Code>" in late.body_bytes) == (400, True)
    forged = replace(asked, path=f"{asked.path}x")
    assert caller.mock.answer(forged, now_s=caller.now_s).reply.status == 403


@pytest.mark.parametrize(
    ("name", "value", "status"), [("X-Amz-Signature", "%C3%A9", 403), ("X-Amz-Expires", "9" * 5000, 401)]
)
def test_a_presigned_url_that_nobody_can_have_signed_is_refused(
    caller: Caller,
    s3: Any,  # noqa: ANN401
    name: str,
    value: str,
    status: int,
) -> None:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "a"}, ExpiresIn=60)
    parts = urlsplit(re.sub(f"{name}=[^&]*", f"{name}={value}", url))

    answer = caller.ask("GET", parts.path, query=parts.query, headers=(("host", parts.netloc),), authorization=())

    assert answer.reply.status == status


def test_a_value_in_awss_own_chunks_is_taken_out_of_them(caller: Caller, s3: Any) -> None:  # noqa: ANN401
    sent: list[str] = []
    s3.meta.events.register("before-sign.s3.PutObject", lambda request, **_: sent.extend(request.headers.values()))
    s3.put_object(Bucket="bucket", Key="chunks", Body=b"0123456789" * 1000, ChecksumAlgorithm="SHA256")

    assert "aws-chunked" in sent
    assert s3.get_object(Bucket="bucket", Key="chunks")["Body"].read() == b"0123456789" * 1000
    assert "ContentEncoding" not in s3.head_object(Bucket="bucket", Key="chunks")


def test_what_the_binding_puts_s3_reads(caller: Caller, s3: Any) -> None:  # noqa: ANN401
    fields = {"contentType": "text/css", "cacheExpiry": "1764000000000"}
    caller.env_r2("put", b"by binding", object="k", httpFields=fields, customFields=[{"k": "x", "v": "y"}])

    found = s3.get_object(Bucket="bucket", Key="k")

    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (b"by binding", "text/css", {"x": "y"})
    assert found["ExpiresString"] == "Mon, 24 Nov 2025 16:00:00 GMT"


def test_what_s3_puts_the_binding_reads(caller: Caller, s3: Any) -> None:  # noqa: ANN401
    s3.put_object(
        Bucket="bucket", Key="k", Body=b"by S3", ContentLanguage="de", Expires=datetime(2025, 11, 24, 16, tzinfo=UTC)
    )

    answer = caller.env_r2("get", object="k")

    size = int(answer.reply.header("cf-r2-metadata-size") or 0)
    told = json.loads(answer.reply.body_bytes[:size])
    assert answer.reply.body_bytes[size:] == b"by S3"
    assert told["httpFields"] == {"contentLanguage": "de", "cacheExpiry": "1764000000000"}
    assert told["etag"] == s3.head_object(Bucket="bucket", Key="k")["ETag"].strip('"')


@pytest.mark.parametrize(("status", "code"), [(429, "TooManyRequests"), (503, "ServiceUnavailable"), (500, "Internal")])
def test_a_fault_speaks_as_s3_does(caller: Caller, status: int, code: str) -> None:
    request = Request(method="GET", path="/bucket/k", headers=(("host", "x.r2.cloudflarestorage.com"),))
    answer = caller.mock.answer(request, now_s=caller.now_s)

    struck = Status(code=status).apply(answer.reply, Turn(dice(1, "x")))

    assert (answer.surface, answer.reply.status) == ("r2.get", 401)
    assert f"<Code>{code}".encode() in struck.body_bytes


@pytest.mark.parametrize("body", [b"no XML", b"", b'<!DOCTYPE x [<!ENTITY a "b">]><Delete/>', b"<Delete></Delete>"])
def test_a_body_that_is_no_xml_of_s3s_is_refused(caller: Caller, s3: Any, body: bytes) -> None:  # noqa: ANN401
    def spoil(request: Any, **_: object) -> None:  # noqa: ANN401
        request.data = body

    s3.meta.events.register("before-sign.s3.DeleteObjects", spoil)

    refused = _refusal(lambda: s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "a"}]}))
    assert refused == (400, "MalformedXML")
