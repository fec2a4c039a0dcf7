"""Workers as people write them, unmodified and with two lines of TOML: every case is judged, whatever comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.target.targets import load
from harness.shell.target.worker.ready import made_ready
from reports.record import Verdict
from scenarios.index import select
from tests.targets.trial import judged
from tests.targets.workers.styles.installed import STYLES, installed

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

CASES = (
    "streaming.plain", "streaming.crlf", "streaming.byte-by-byte", "streaming.finish-length", "json.tool-calls",
    "endings.cut-between-events-by-fin", "endings.error-object-late", "errors.internal", "errors.out-of-capacity",
    "concurrency.twenty-whole-answers", "cancel.after-three-events", "kv.read-fails", "limits.plain-text",
    "requests.temperature-and-top-p",
)  # fmt: skip
CLEAN = {"streaming.plain", "streaming.byte-by-byte"}
"""What nothing is wrong with upstream, and any Worker passes that hands a stream on."""


@pytest.mark.parametrize("style", STYLES)
def test_a_dozen_cases_are_judged(tmp_path: Path, style: str) -> None:
    target = made_ready(load(str(installed(style) / "edgeproof.toml")), say=lambda _: None)

    results = {result.id: result for result in judged(target, select(",".join(CASES)), tmp_path, lanes=1)}

    assert len(results) == len(CASES)
    unjudged = {Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE}
    assert {name: result.cause for name, result in results.items() if result.verdict in unjudged} == {}
    assert {name: results[name].verdict for name in CLEAN} == dict.fromkeys(CLEAN, Verdict.PASS)
