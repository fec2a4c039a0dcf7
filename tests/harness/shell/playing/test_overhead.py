from __future__ import annotations

from pathlib import Path

from harness.core.load.answer import FINISHED
from harness.shell.playing.lane import Lane
from harness.shell.playing.overhead import WARM_UP_PAIRS, put_pairs
from tests.harness.shell.direct import direct_target


async def test_pairs_are_put_both_ways_alternating_and_the_first_are_not_counted(tmp_path: Path) -> None:
    async with Lane(direct_target(), seed=3, logs=tmp_path) as lane:
        pairs = await put_pairs(lane, seed=3, pairs=4)
        paths = [record.path for record in lane.server.journal.records(surface="ai")]

    straight = ["accounts" in path for path in paths]
    assert len(pairs) == 4
    assert {pair.direct.ending for pair in pairs} | {pair.through.ending for pair in pairs} == {FINISHED}
    assert straight == [False, True, True, False] * ((WARM_UP_PAIRS + 4) // 2) + [False, True]


async def test_a_pair_with_a_failure_is_left_out(tmp_path: Path) -> None:
    async with Lane(direct_target(bearer="wrong"), seed=3, logs=tmp_path) as lane:
        assert await put_pairs(lane, seed=3, pairs=2) == []
