"""What a Worker on real workerd observes of each binding, clean and under a fault."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.shell.playing.lane import Lane
from tests.acceptance.workers.calling import called, strike

pytestmark = pytest.mark.acceptance


@pytest.mark.parametrize(
    ("names", "observed"),
    [
        (["get"], None),
        (["put", "get"], '{"a":1}'),
        (["put", "json"], {"a": 1}),
        (["put", "metadata"], {"value": '{"a":1}', "metadata": {"m": 1}, "cacheStatus": None}),
        (["put", "delete", "get"], None),
        (["put", "many"], [["key", '{"a":1}'], ["other", None]]),
        (["match"], None),
        (["keep", "match"], "kept"),
        (["keep", "drop"], True),
        (["drop"], False),
        (["keep", "drop", "match"], None),
        (["models"], True),
        (["openai"], 200),
        (["elsewhere"], 502),
        (["object"], None),
        (["look"], None),
        (["store"], 5),
        (["store", "object"], ["hello", 32, {"x": "y"}]),
        (["store", "part"], "ell"),
        (["store", "look"], "a/b"),
        (["store", "unchanged"], False),
        (["store", "objects"], ["a/b"]),
        (["store", "remove", "object"], None),
        (["once"], True),
        (["once", "once"], False),
        (["digest"], 5),
        (["misdigest"], "Error: put: The Content-MD5 you specified did not match what we received. (10037)"),
        (["begin"], "parts"),
        (["begin", "fill"], 1),
        (["begin", "fill", "whole"], None),
        (["begin", "fill", "finish"], [5, "-1", {"x": "y"}]),
        (["begin", "fill", "finish", "whole"], "hello"),
        (
            ["begin", "fill", "finish", "fill"],
            "Error: uploadPart: The specified multipart upload does not exist. (10024)",
        ),
        (["begin", "fill", "give"], None),
        (["begin", "fill", "give", "give"], None),
        (
            ["begin", "fill", "give", "finish"],
            "Error: completeMultipartUpload: The specified multipart upload does not exist. (10024)",
        ),
        (["lost"], "Error: uploadPart: The specified multipart upload does not exist. (10024)"),
        (["large"], "\0end"),
        (["point"], None),
        (["count", "count"], 2),
        (["edge"], ["203.0.113.7", "s3cret-made-up"]),
    ],
)
async def test_a_worker_observes_of_the_mock_what_it_would_of_cloudflare(
    lane: Lane, names: Sequence[str], observed: object
) -> None:
    assert await called(lane, *names) == observed


async def test_a_list_tells_names_metadata_and_expiry(lane: Lane) -> None:
    page = await called(lane, "put", "list")

    assert (page["keys"][0]["name"], page["keys"][0]["metadata"], page["list_complete"]) == ("key", {"m": 1}, True)
    assert isinstance(page["keys"][0]["expiration"], int)


async def test_an_answer_comes_as_an_object_and_a_stream_as_bytes(lane: Lane) -> None:
    answer, stream = await called(lane, "run"), await called(lane, "stream")

    assert answer["response"].startswith("re-0123456789ab")
    assert stream.endswith("data: [DONE]\n\n")
    assert [call.surface for call in lane.server.journal.exchanges()] == ["ai.run", "ai.run"]


@pytest.mark.parametrize(
    ("surface", "faults", "name", "observed"),
    [
        ("kv.get", "kv.error(code=500)", "get", "Error: KV GET failed: 500 Internal Server Error"),
        ("kv.get", "kv.rate_limited()", "get", "Error: KV GET failed: 429 Too Many Requests"),
        ("kv.get", "kv.miss()", "get", None),
        ("kv.get", "kv.wrong_type(kind=number)", "json", 42),
        ("kv.get", "kv.truncated()", "json", "SyntaxError: "),
        ("kv.get", "tcp.reset()", "get", "Error: Network connection lost."),
        ("kv.put", "kv.error(code=503)", "put", "Error: KV PUT failed: 503 Service Unavailable"),
        ("kv.delete", "kv.error()", "delete", "Error: KV DELETE failed: 500 Internal Server Error"),
        ("kv.list", "kv.error()", "list", "Error: KV GET failed: 500 Internal Server Error"),
        ("ai.run", "http.status(code=429)", "run", "InferenceUpstreamError: 3040: Capacity temporarily exceeded"),
        ("ai.run", "http.status(code=500)", "stream", "InferenceUpstreamError: 8001: Internal server error"),
        ("ai.run", "http.status(code=503)", "run", "InferenceUpstreamError: <!DOCTYPE html>"),
        ("ai.run", "tcp.reset()", "run", "Error: Network connection lost."),
        ("ai.run", "sse.truncate(after=2)", "stream", "Error: Network connection lost."),
        ("cache.match", "http.status(code=500)", "match", None),
        ("cache.put", "http.status(code=500)", "keep", None),
        ("r2.get", "http.status(code=500)", "object", "Error: get: internal error (10001)"),
        ("r2.get", "tcp.reset()", "object", "Error: Network connection lost."),
        ("r2.put", "http.status(code=429)", "store", "Error: put: internal error (10058)"),
        ("r2.multipart", "http.status(code=500)", "begin", "Error: createMultipartUpload: internal error (10001)"),
        ("r2.multipart", "http.status(code=429)", "fill", "Error: uploadPart: internal error (10058)"),
        ("r2.multipart", "http.status(code=503)", "finish", "Error: completeMultipartUpload: internal error (10043)"),
        ("r2.multipart", "http.status(code=500)", "give", "Error: abortMultipartUpload: internal error (10001)"),
        ("r2.multipart", "tcp.reset()", "fill", "Error: Network connection lost."),
        ("queue.send", "http.status(code=500)", "send", "Error: Unknown Internal Error (15000)"),
        ("fetch.*", "tcp.reset()", "elsewhere", "Error: Network connection lost."),
    ],
)
async def test_every_fault_is_felt_inside_the_binding(
    lane: Lane, surface: str, faults: str, name: str, observed: object
) -> None:
    await called(lane, "put", "keep", "store", "begin", "fill")
    strike(lane, surface, faults)

    seen = await called(lane, name)

    struck = [call for call in lane.server.journal.exchanges() if call.faults]
    assert [call.surface.partition(".")[0] for call in struck] == [surface.partition(".")[0]] * len(struck)
    assert struck
    assert seen == observed or (isinstance(observed, str) and str(seen).startswith(observed)), seen


async def test_messages_and_points_are_kept_as_they_were_sent(lane: Lane) -> None:
    await called(lane, "send", "batch", "point", "get")

    assert lane.mock.bound.messages["jobs"][0] == b'{"a":1}'
    assert len(lane.mock.bound.messages["jobs"]) == 3
    await lane.server.journal.wait_for(lambda found: bool(found), 5.0, surface="analytics.write")
    (point,) = lane.mock.bound.points
    assert (point.dataset, point.index, point.blobs, point.doubles[:2]) == ("usage", b"i", (b"b",), (1.5, 0.0))
