"""Proxies that read a stream wrongly where it is cut are found by the sweep; right ones are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.target.targets import load
from reports.record import Verdict
from scenarios.searching.sweep import GOLDEN
from tests.targets.trial import judged, right, wrong

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

TEXT = tuple(GOLDEN[0].cases())
PARTS = (TEXT[0], TEXT[8], TEXT[-1])


@pytest.mark.alone  # a target that is late reads several pieces as one
@pytest.mark.parametrize("name", ["decodes-reads", "first-event-only"])
def test_what_is_lost_at_a_cut_is_found(name: str, tmp_path: Path) -> None:
    failed = [part for part in judged(wrong(name), PARTS, tmp_path, lanes=1) if part.verdict is Verdict.FAIL]

    assert failed
    assert failed[0].replay.startswith("edgeproof replay sweep.text-")


def test_a_right_proxy_reads_the_same_however_it_is_cut(tmp_path: Path) -> None:
    verdicts = {part.verdict for part in judged(load(str(right("parser"))), PARTS, tmp_path, lanes=1)}

    assert verdicts == {Verdict.PASS}
