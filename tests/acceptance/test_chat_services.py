"""A right chat service in another layout is blamed for nothing; those that read an answer on wrongly are caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.judging.invariants import ALL
from reports.record import CaseResult, Verdict
from scenarios.index import select
from tests.targets.chatting.__main__ import KINDS
from tests.targets.chatting.defects import DEFECTS, right, wrong
from tests.targets.trial import by_id, few_at_a_time

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

EVERY = "chat.*,tenants.*,agents.*,usage.*,branches.*,resume.*"
UNCLAIMED = {"chat_api.archive", "chat_api.exports_json", "chat_api.exports_pdf", "chat_api.add_key", "branches.all"}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[CaseResult]]:
    logs: Path = tmp_path_factory.mktemp("logs")
    return few_at_a_time({name: (wrong(name), ",".join(defect.cases)) for name, defect in DEFECTS.items()}, logs)


def test_the_right_service_is_blamed_for_nothing(tmp_path: Path) -> None:
    results = by_id(right(), EVERY, tmp_path, lanes=2)

    assert {name: [str(each) for each in result.findings] for name, result in results.items() if result.findings} == {}
    other = {name: result for name, result in results.items() if result.verdict is not Verdict.PASS}
    assert {result.verdict for result in other.values()} == {Verdict.NOT_APPLICABLE}
    assert {result.cause.rpartition(" ")[2] for result in other.values()} == UNCLAIMED
    assert len(results) == len(select(EVERY))


def test_every_kind_of_service_has_a_line_in_the_table_of_defects() -> None:
    assert {*KINDS} == {"right", *DEFECTS}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_wrong_service_is_caught_by_its_own_invariant(name: str, judged: dict[str, list[CaseResult]]) -> None:
    heard = {(finding.invariant, finding.level) for result in judged[name] for finding in result.findings}
    told = {result.id: (result.verdict, result.cause, result.saw) for result in judged[name]}

    assert heard == {(DEFECTS[name].invariant, ALL[DEFECTS[name].invariant].level)}, told
