from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import TargetError
from harness.shell.playing.asker import Asker
from harness.shell.playing.lane import Lane
from tests.harness.shell.direct import direct_target
from tests.harness.shell.processes import SERVER, target_file


async def test_a_target_that_reaches_the_mock_is_wired(tmp_path: Path) -> None:
    async with Lane(direct_target(), seed=1, logs=tmp_path) as lane:
        await Asker(lane, seed=1).check_wiring()

        assert lane.server.journal.last_number == 1


async def test_a_target_that_asks_nothing_of_the_mock_is_told_where_it_is(tmp_path: Path) -> None:
    async with Lane(target_file(), seed=1, logs=tmp_path) as lane:
        with pytest.raises(TargetError) as caught:
            await Asker(lane, seed=1).check_wiring()

        assert "status 501 to POST /" in caught.value.evidence
        assert lane.server.url in str(caught.value)


async def test_a_target_that_the_mock_refuses_is_told_for_what(tmp_path: Path) -> None:
    async with Lane(direct_target(bearer="another"), seed=1, logs=tmp_path) as lane:
        with pytest.raises(TargetError) as caught:
            await Asker(lane, seed=1).check_wiring()

    assert "POST /v1/chat/completions got 'HTTP/1.1 401 Unauthorized'" in caught.value.evidence
    assert "edgeproof mock" in caught.value.next_step


async def test_a_target_that_ends_as_it_is_asked_is_told_with_its_last_words(tmp_path: Path) -> None:
    die = "    def do_POST(self):\n        print('no model', flush=True); os._exit(3)\n"
    dies = SERVER.replace("    def log_message", f"{die}    def log_message")

    async with Lane(target_file(dies), seed=1, logs=tmp_path) as lane:
        with pytest.raises(TargetError, match="small ended before it answered anything") as caught:
            await Asker(lane, seed=1).check_wiring()

    assert caught.value.evidence.startswith("ended with exit code 3\n")
    assert caught.value.evidence.endswith("no model")
