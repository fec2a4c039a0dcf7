from __future__ import annotations

import pytest

from harness.core.run.duration import seconds
from harness.errors import UsageError


@pytest.mark.parametrize(("text", "told_s"), [("90s", 90), ("1.5m", 90), ("1h", 3600), ("750ms", 0.75), (" 30 ", 30)])
def test_a_time_may_have_any_unit(text: str, told_s: float) -> None:
    assert seconds(text, source="--duration", low_s=0.5, high_s=7200) == told_s


@pytest.mark.parametrize("text", ["", "fast", "-1s", "1 day", "1e3", "s"])
def test_what_is_no_time_is_refused_with_what_would_do(text: str) -> None:
    with pytest.raises(UsageError, match="as in 90s"):
        seconds(text, source="--duration", low_s=0.5, high_s=7200)


@pytest.mark.parametrize("text", ["0s", "499ms", "3h"])
def test_a_time_out_of_bounds_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(UsageError, match=r"not between 0\.5 s and 2 h"):
        seconds(text, source="--duration", low_s=0.5, high_s=7200)
