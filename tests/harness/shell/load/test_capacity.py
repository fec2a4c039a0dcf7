"""What a generator can ask is measured with the generator itself."""

from __future__ import annotations

import pytest

from harness.shell.load.capacity import answers_per_s


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_a_generator_is_seen_to_have_whole_answers() -> None:
    assert await answers_per_s(stream=False, duration_s=0.3) > 0


@pytest.mark.asyncio(loop_factories=["uvloop"])
async def test_a_generator_is_seen_to_have_streams() -> None:
    assert await answers_per_s(stream=True, duration_s=0.3) > 0
