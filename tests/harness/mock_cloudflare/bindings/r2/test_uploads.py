"""Objects that a Worker puts in parts: nothing is there before the end, and what goes wrong has R2's own code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from tests.harness.mock_cloudflare.bindings.calling import Caller
from tests.harness.mock_cloudflare.bindings.r2.reading import code_of, parts_of
from tests.harness.mock_cloudflare.r2.client import client_of

MIB = 1024 * 1024
FIVE = b"x" * (5 * MIB)


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.fixture
def upload(caller: Caller) -> str:
    """The id of an upload for the key `k`."""
    own = [{"k": "x", "v": "y"}]
    answer = caller.env_r2(
        "createMultipartUpload", object="k", httpFields={"contentType": "text/css"}, customFields=own
    )
    identifier = parts_of(answer)[0]["uploadId"]
    assert isinstance(identifier, str)
    return identifier


def _put(caller: Caller, upload: str, number: int, value: bytes) -> dict[str, object]:
    """Put a part, and return how it is named when the upload is completed."""
    answer = caller.env_r2("uploadPart", value, object="k", uploadId=upload, partNumber=number)
    return {"part": number, "etag": parts_of(answer)[0]["etag"]}


def test_the_parts_make_one_object_with_the_metadata_of_the_beginning(caller: Caller, upload: str) -> None:
    parts = [_put(caller, upload, 1, FIVE), _put(caller, upload, 2, b"end")]
    before = caller.env_r2("get", object="k")
    made = parts_of(caller.env_r2("completeMultipartUpload", object="k", uploadId=upload, parts=parts))[0]
    metadata, value = parts_of(caller.env_r2("get", object="k"))

    assert code_of(before) == (404, 10007)
    assert value == FIVE + b"end"
    assert (metadata["httpFields"], metadata["customFields"]) == ({"contentType": "text/css"}, [{"k": "x", "v": "y"}])
    digests = b"".join(hashlib.md5(part).digest() for part in (FIVE, b"end"))  # noqa: S324 - what an etag is made of
    assert made["etag"] == metadata["etag"] == f"{hashlib.md5(digests).hexdigest()}-2"  # noqa: S324
    assert (made["size"], metadata["checksums"]) == (str(5 * MIB + 3), {})


def test_the_numbers_order_the_parts_however_they_are_named(caller: Caller, upload: str) -> None:
    last, first = _put(caller, upload, 9, b"b" * (5 * MIB)), _put(caller, upload, 4, b"a" * (5 * MIB))
    caller.env_r2("completeMultipartUpload", object="k", uploadId=upload, parts=[last, first])

    assert parts_of(caller.env_r2("get", object="k"))[1] == b"a" * (5 * MIB) + b"b" * (5 * MIB)


def test_no_parts_make_an_empty_object(caller: Caller, upload: str) -> None:
    caller.env_r2("completeMultipartUpload", object="k", uploadId=upload, parts=[])
    metadata, value = parts_of(caller.env_r2("get", object="k"))

    assert (metadata["etag"], value) == ("d41d8cd98f00b204e9800998ecf8427e-0", b"")


def test_a_part_of_the_same_number_takes_the_place_of_the_one_before(caller: Caller, upload: str) -> None:
    former, latter = _put(caller, upload, 1, b"former"), _put(caller, upload, 1, b"latter")
    refused = caller.env_r2("completeMultipartUpload", object="k", uploadId=upload, parts=[former])
    caller.env_r2("completeMultipartUpload", object="k", uploadId=upload, parts=[latter])

    assert code_of(refused) == (400, 10025)
    assert parts_of(caller.env_r2("get", object="k"))[1] == b"latter"


@pytest.mark.parametrize(
    ("sizes", "named", "code"),
    [
        ([5 * MIB - 1, 1], [1, 2], 10011),
        ([5 * MIB, 6 * MIB, 1], [1, 2, 3], 10048),
        ([5 * MIB, 6 * MIB], [1, 2], 10048),
        ([1, 5 * MIB], [2, 1], 10048),
        ([5 * MIB, 1], [2, 1], 10011),
        ([5 * MIB], [1, 2], 10025),
        ([5 * MIB], [1, 1], 10025),
    ],
    ids=["small", "unequal", "growing", "small first", "small named first", "missing", "twice"],
)
def test_parts_that_do_not_fit_make_no_object(
    caller: Caller, upload: str, sizes: list[int], named: list[int], code: int
) -> None:
    put = {number: _put(caller, upload, number, b"x" * size) for number, size in enumerate(sizes, 1)}
    parts = [put.get(number, {"part": number, "etag": "none"}) for number in named]

    assert code_of(caller.env_r2("completeMultipartUpload", object="k", uploadId=upload, parts=parts)) == (400, code)
    assert code_of(caller.env_r2("head", object="k")) == (404, 10007)


@pytest.mark.parametrize("number", [0, 10_001, None])
def test_a_part_needs_a_number_from_one_to_ten_thousand(caller: Caller, upload: str, number: int | None) -> None:
    answer = caller.env_r2("uploadPart", b"x", object="k", uploadId=upload, partNumber=number)

    assert code_of(answer) == (400, 10025)


def _complete(caller: Caller, upload: str, key: str = "k") -> tuple[int, int]:
    return code_of(caller.env_r2("completeMultipartUpload", object=key, uploadId=upload, parts=[]))


def _abort(caller: Caller, upload: str, key: str = "k") -> tuple[int, int]:
    return code_of(caller.env_r2("abortMultipartUpload", object=key, uploadId=upload))


def _part(caller: Caller, upload: str, key: str = "k") -> tuple[int, int]:
    return code_of(caller.env_r2("uploadPart", b"x", object=key, uploadId=upload, partNumber=1))


@pytest.mark.parametrize(("call", "code"), [(_part, (404, 10024)), (_complete, (500, 10001)), (_abort, (500, 10001))])
def test_an_upload_that_never_was_is_none(
    caller: Caller, upload: str, call: Callable[[Caller, str, str], tuple[int, int]], code: tuple[int, int]
) -> None:
    assert call(caller, "none", "k") == code
    assert call(caller, upload, "other") == code


@pytest.mark.parametrize("end", ["completeMultipartUpload", "abortMultipartUpload"])
def test_an_upload_that_has_ended_takes_nothing_more_and_may_be_given_up_again(
    caller: Caller, upload: str, end: str
) -> None:
    _put(caller, upload, 1, b"x")
    ended = caller.env_r2(end, object="k", uploadId=upload, parts=[])

    assert ended.reply.status == 200
    assert (_part(caller, upload), _complete(caller, upload)) == ((404, 10024), (404, 10024))
    assert caller.env_r2("abortMultipartUpload", object="k", uploadId=upload).reply.status == 200
    assert caller.env_r2("head", object="k").reply.status == (200 if end.startswith("complete") else 404)


@pytest.mark.parametrize("key", ["", "k" * 1025])
def test_a_name_that_is_none_begins_nothing(caller: Caller, key: str) -> None:
    assert code_of(caller.env_r2("createMultipartUpload", object=key)) == (400, 10020)
    assert caller.mock.bound.uploads == {}


def test_what_a_worker_begins_an_s3_client_completes(caller: Caller, upload: str) -> None:
    part = _put(caller, upload, 1, b"hello")
    whole = {"Parts": [{"PartNumber": 1, "ETag": part["etag"]}]}
    client_of(caller).complete_multipart_upload(Bucket="bucket", Key="k", UploadId=upload, MultipartUpload=whole)

    assert parts_of(caller.env_r2("get", object="k"))[1] == b"hello"
