"""The R2 binding: which surface a call belongs to, and what becomes of one that nobody serves."""

from __future__ import annotations

from tests.harness.mock_cloudflare.bindings.calling import Caller

MULTIPART = ("createMultipartUpload", "uploadPart", "completeMultipartUpload", "abortMultipartUpload")


def test_each_call_of_an_object_is_a_surface() -> None:
    caller = Caller()

    for name in ("head", "get", "put", "list", "delete"):
        assert caller.env_r2(name, object="k").surface == f"r2.{name}"


def test_the_calls_of_an_upload_are_one_surface_as_by_s3() -> None:
    caller = Caller()

    assert {caller.env_r2(name, object="k", uploadId="none").surface for name in MULTIPART} == {"r2.multipart"}


def test_what_nobody_serves_is_refused_in_words() -> None:
    answer = Caller().env_r2("createBucket", bucket="k")

    assert (answer.surface, answer.reply.status) == ("unknown", 501)
    assert "not served here" in (answer.reply.header("cf-r2-error") or "")
