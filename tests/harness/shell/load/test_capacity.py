"""What a generator can ask is measured with the generator itself."""

from __future__ import annotations

import pytest

from harness.shell.load.capacity import answers_per_s


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streams"])
async def test_a_generator_is_seen_to_have_answers(stream: bool) -> None:
    assert await answers_per_s(stream=stream, duration_s=0.3) > 0
