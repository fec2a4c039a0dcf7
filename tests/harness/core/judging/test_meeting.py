"""Requests meet when one begins before the other has ended."""

from __future__ import annotations

import pytest

from harness.core.judging.meeting import overlap
from tests.harness.core.histories import answer, client, upstream, view


@pytest.mark.parametrize(("begins_s", "met"), [(0.5, True), (1.0, True), (1.1, False)])
def test_two_meet_when_one_begins_before_the_other_has_ended(begins_s: float, met: bool) -> None:
    first, second = view(
        [client(answer(), end_s=1.0), client(answer(), at=begins_s, end_s=2.0)], upstream(answer())
    ).asks

    assert overlap(first, second) is met
    assert overlap(second, first) is met
