from __future__ import annotations

import pytest

from harness.drivers.chaos.traffic import next_due_s


@pytest.mark.parametrize(
    ("now_s", "due_s"),
    [
        pytest.param(10.001, 10.1, id="in time"),
        pytest.param(10.09, 10.1, id="late, and not by a whole request"),
        pytest.param(15.0, 15.0, id="after a standstill"),
    ],
)
def test_requests_come_at_an_even_rate_and_a_standstill_is_not_made_up_for(now_s: float, due_s: float) -> None:
    assert next_due_s(10.0, now_s, rate_per_s=10.0) == pytest.approx(due_s)
