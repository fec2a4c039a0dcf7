from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from harness.core.load.chaos.shrink import smallest


@pytest.mark.parametrize(("needed", "found"), [({2}, (2,)), ({1, 4}, (1, 4)), ({0, 2, 4}, (0, 2, 4)), (set(), (0,))])
async def test_what_is_not_needed_is_left_out(needed: set[int], found: tuple[int, ...]) -> None:
    async def fails(part: tuple[int, ...]) -> bool:
        return needed <= set(part)

    assert await smallest(range(5), fails) == found


async def test_what_does_not_fail_at_all_has_no_smallest_part() -> None:
    async def never(part: tuple[int, ...]) -> bool:
        return False

    assert await smallest(range(3), never) is None
    assert await smallest([], never) is None


@given(needed=st.sets(st.integers(0, 6), max_size=5))
async def test_nothing_can_be_left_out_of_what_is_returned(needed: set[int]) -> None:
    async def fails(part: tuple[int, ...]) -> bool:
        return needed <= set(part)

    found = await smallest(range(7), fails)

    assert found is not None
    assert set(found) == needed or not needed
