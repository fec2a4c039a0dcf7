"""The Worker that comes with edgeproof, on real workerd: what it keeps, captures and counts."""

from __future__ import annotations

import json

import pytest

from fault_injection.plan import Plan
from harness.core.observed.history import UpstreamEnd
from tests.acceptance.example_worker.asking import Asking, text_of

pytestmark = pytest.mark.acceptance


async def test_a_stream_is_a_miss_and_then_a_hit_and_its_capture_is_what_the_client_got(worker: Asking) -> None:
    first = await worker.ask("ep-000000000001 tokens=9 pace_s=0.01")
    again = await worker.ask("ep-000000000001 tokens=9 pace_s=0.01")
    await worker.seen("r2.put", 1)

    assert (first.cache, again.cache) == ("MISS", "HIT")
    assert first.body.endswith(b"data: [DONE]\n\n")
    assert worker.captures == [first.body]


async def test_a_stream_that_is_passed_is_a_miss_both_times_and_leaves_nothing_behind(passing: Asking) -> None:
    streams = [await passing.ask("ep-000000000002") for _ in range(2)]
    wholes = [await passing.ask("ep-000000000002", stream=False) for _ in range(2)]

    assert [each.cache for each in (*streams, *wholes)] == ["MISS", "MISS", "MISS", "HIT"]
    assert len(passing.asked) == 3
    assert passing.captures == []


async def test_a_whole_answer_is_a_miss_and_then_a_hit_and_is_not_captured(worker: Asking) -> None:
    first = await worker.ask("ep-000000000003", stream=False)
    again = await worker.ask("ep-000000000003", stream=False)

    assert (first.cache, again.cache) == ("MISS", "HIT")
    assert json.loads(first.body)["choices"] == json.loads(again.body)["choices"]
    assert worker.captures == []


@pytest.mark.parametrize(
    "faults",
    ["sse.truncate(after=3)", "sse.inband_error(after=3)", "sse.done_without_finish()", "tcp.reset(at_byte=900)"],
)
async def test_nothing_is_captured_of_a_stream_that_did_not_come_whole(worker: Asking, faults: str) -> None:
    worker.strike("ai.run", faults)
    broken = await worker.ask("ep-000000000004 tokens=9 pace_s=0.01")
    worker.lane.server.set_plan(Plan())
    whole = await worker.ask("ep-000000000004 tokens=9 pace_s=0.01")
    await worker.seen("r2.put", 1)

    assert broken.body != whole.body
    assert (whole.cache, worker.captures) == ("MISS", [whole.body])


async def test_nothing_is_captured_of_a_stream_whose_client_left(worker: Asking) -> None:
    left = await worker.ask("ep-000000000005 tokens=40 pace_s=0.05", leave_after=3)
    await worker.seen("ai.run", 1)
    whole = await worker.ask("ep-000000000006")
    await worker.seen("r2.put", 1)

    (call,) = worker.lane.server.journal.exchanges(nonce="ep-000000000005")
    assert (left.whole, call.end) == (False, UpstreamEnd.PEER_LEFT)
    assert worker.captures == [whole.body]


async def test_a_capture_is_played_again_by_a_new_process_whose_kv_has_forgotten(worker: Asking) -> None:
    first = await worker.ask("ep-000000000007")
    await worker.seen("r2.put", 1)
    await worker.lane.restart()
    worker.strike("kv.get", "kv.miss()")

    again = await worker.ask("ep-000000000007")

    assert (again.cache, text_of(again.body)) == ("HIT", text_of(first.body))
    assert len(worker.asked) == 1


@pytest.mark.parametrize("faults", ["http.status(code=500)", "tcp.reset()", "http.status(code=429)"])
async def test_a_bucket_that_fails_costs_nobody_an_answer(worker: Asking, faults: str) -> None:
    worker.strike("r2.*", faults)

    answers = [await worker.ask(f"ep-00000000008{number}") for number in range(2)]

    assert [(each.status, each.body[-14:]) for each in answers] == [(200, b"data: [DONE]\n\n")] * 2


async def test_every_answer_is_one_point_of_usage(worker: Asking) -> None:
    await worker.ask("ep-000000000015 tokens=5")
    await worker.ask("ep-000000000015 tokens=5", stream=False)
    worker.strike("ai.run", "sse.truncate(after=3)")
    await worker.ask("ep-000000000016")
    worker.strike("ai.run", "http.status(code=500)")
    await worker.ask("ep-000000000017", stream=False)
    await worker.seen("analytics.write", 4)

    points = worker.lane.mock.bound.points
    told = [tuple(blob.decode() for blob in point.blobs[1:]) for point in points]
    assert told == [
        ("stream", "MISS", "whole"),
        ("json", "HIT", "whole"),
        ("stream", "MISS", "broken"),
        ("json", "MISS", "failed"),
    ]
    assert [point.doubles[1] for point in points] == [5.0, 5.0, 0.0, 0.0]
    assert {point.index for point in points} == {points[0].index}
    assert not any(token.encode() in point.index for point in points for token in worker.lane.hidden)
