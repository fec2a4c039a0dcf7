"""The Analytics Engine binding: points within the limits are kept, others are dropped without a word."""

from __future__ import annotations

import json

import pytest

from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.asking import NOW_S
from tests.harness.mock_cloudflare.bindings.calling import Caller


def _write(caller: Caller, **told: object) -> Answer:
    return caller.call("analytics usage", "POST", "/", json.dumps(told).encode())


def test_a_point_is_kept_as_it_was_written() -> None:
    caller = Caller()

    answer = _write(caller, index1=[105], blob1=[98, 49], blob2="two", double1=1.5, double2=2, schemaVersion=2)

    (point,) = caller.mock.bound.points
    assert (answer.surface, answer.reply.status) == ("analytics.write", 200)
    assert (point.dataset, point.index, point.blobs, point.doubles) == ("usage", b"i", (b"b1", b"two"), (1.5, 2.0))
    assert point.at_s == NOW_S


@pytest.mark.parametrize(
    "told",
    [
        {"index1": [1] * 97},
        {"blob1": [1] * (16 * 1024 + 1)},
        {"blob1": [1] * 16_000, "blob2": [1] * 16_000},
        {f"blob{number}": [1] for number in range(1, 22)},
        {f"double{number}": 1 for number in range(1, 22)},
        {f"blob{'9' * 5000}": [1]},
    ],
)
def test_a_point_over_a_limit_is_dropped_in_silence(told: dict[str, object]) -> None:
    caller = Caller()

    assert _write(caller, **told).reply.status == 200
    assert caller.mock.bound.points == []


def test_what_is_no_point_is_nothing() -> None:
    caller = Caller()

    assert caller.call("analytics usage", "POST", "/", b"nonsense").reply.status == 200
    assert caller.call("analytics usage", "GET", "/").reply.status == 405
    assert caller.mock.bound.points == []


def test_what_is_missing_between_two_blobs_keeps_its_place() -> None:
    caller = Caller()

    _write(caller, blob1=[97], blob3=[99], double2=2)

    (point,) = caller.mock.bound.points
    assert (point.blobs, point.doubles) == ((b"a", b"", b"c"), (0.0, 2.0))


def test_a_point_is_as_old_as_the_worker_says() -> None:
    caller = Caller()

    _write(caller, timestamp="1763992800000000000")

    assert caller.mock.bound.points[0].at_s == 1_763_992_800
