"""A proxy that speaks every dialect: the right one is never blamed, and each defect is by its own invariant."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harness.core.observed.redact import Redactor
from harness.core.target.claims import Capabilities, Limits
from harness.core.target.doors import Door
from harness.core.target.file import Chat, TargetFile
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials
from harness.shell.watching.punctual import Lateness
from reports.record import CaseResult, Verdict
from scenarios.dialects import OTHERS
from scenarios.index import select
from tests.targets.speaking.app import DEFECTS, Upstream, serving

pytestmark = pytest.mark.usefixtures("untraced")
_MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
_CUT, _FAILED = "endings.cut-between-events-by-reset", "endings.error-object-late"
CAUGHT = [
    ("launders", _CUT, "no-laundering"),
    ("launders", _FAILED, "error-surfaced"),
    ("ends-twice", "streaming.plain", "one-terminal"),
    ("loses-text", "streaming.plain", "no-loss"),
    ("leaves-open", "streaming.plain", "valid-framing"),
    ("length-is-stop", "streaming.finish-length", "finish-true"),
]
"""Each defect with a case and the invariant that catches it there."""
_TELLS_FINISHES = ("openai-responses", "anthropic-messages", "ai-sdk")


def _file(port: int, defect: str) -> TargetFile:
    doors = tuple(Door(dialect=name, path=f"/{defect}/{name}") for name in OTHERS)
    return TargetFile(
        name="speaking",
        url=f"http://127.0.0.1:{port}",
        chat=Chat(dialect=doors[0].dialect, path=doors[0].path, model=_MODEL, also=doors[1:]),
        capabilities=Capabilities(streaming=True),
        limits=Limits(deadline_s=10.0),
    )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def lane(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lane]:
    upstream = Upstream()
    logs = tmp_path_factory.mktemp("speaking")
    async with serving(upstream) as port, Lane(_file(port, "right"), seed=7, logs=logs) as lane:
        upstream.url, upstream.token, upstream.model = lane.server.url, lane.secrets[0], _MODEL
        yield lane


async def _judged(lane: Lane, defect: str, case_id: str, dialect: str) -> CaseResult:
    port = int(lane.url.rpartition(":")[2])
    lane.target_file = _file(port, defect)
    case = select(case_id if dialect == OTHERS[0] else f"{case_id}@{dialect}")[0]
    trials = Trials(
        seed=7, suite="conformance", redactor=Redactor(), lateness=Lateness(), replay=lambda _: "", patience_s=60.0
    )
    return (await trials.once(case, lane, asks_after=False)).result


@pytest.mark.parametrize("dialect", OTHERS)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_right_proxy_is_blamed_for_nothing(lane: Lane, dialect: str) -> None:
    cases: tuple[str, ...] = (_CUT, _FAILED, "streaming.plain", "streaming.multi-byte-text")
    cases = (*cases, "streaming.finish-length") if dialect in _TELLS_FINISHES else cases

    found = [await _judged(lane, "right", case_id, dialect) for case_id in cases]

    told = {result.id: [each.message for each in result.findings] for result in found}
    assert {result.id: result.verdict for result in found} == dict.fromkeys(told, Verdict.PASS), told


@pytest.mark.parametrize("dialect", OTHERS)
@pytest.mark.asyncio(loop_scope="module")
async def test_every_defect_is_caught_by_its_own_invariant(lane: Lane, dialect: str) -> None:
    told = [each for each in CAUGHT if each[2] != "finish-true" or dialect in _TELLS_FINISHES]

    found = [(defect, wanted, await _judged(lane, defect, case_id, dialect)) for defect, case_id, wanted in told]

    blamed = {(defect, wanted): {each.invariant for each in result.findings} for defect, wanted, result in found}
    assert [each for each, names in blamed.items() if each[1] not in names] == [], blamed


def test_every_defect_is_played() -> None:
    assert {defect for defect, *_ in CAUGHT} == {*DEFECTS}
