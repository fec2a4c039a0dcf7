"""The deeds of cases at a real chat service: under its own ids, by each identity, and over its death."""

from __future__ import annotations

import pytest

from reports.record import CaseResult, Verdict
from scenarios.index import select
from tests.targets.chatting.defects import right
from tests.targets.trial import by_id

PLAYED = ("tenants.share", "agents.list-and-remove", "chat.killed-in-mid-stream", "resume.after-a-lost-connection")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CaseResult]:
    return by_id(right(), ",".join(PLAYED), tmp_path_factory.mktemp("logs"), lanes=1)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", PLAYED)
def test_a_right_service_is_found_right(results: dict[str, CaseResult], name: str) -> None:
    assert (results[name].verdict, results[name].findings, results[name].cause) == (Verdict.PASS, (), "")


def test_a_report_tells_each_deed_and_what_came_of_it(results: dict[str, CaseResult]) -> None:
    told, steps = results["tenants.share"], [step.label for step in select("tenants.share")[0].steps]

    assert told.saw.startswith("mine: 200 with ")
    asked = [row.label for row in told.wire if row.lane == "client" and row.kind == "request"]
    assert [label.partition(":")[0] for label in asked] == steps
    assert "colleagues: 200" in told.saw


def test_no_token_of_a_user_is_in_a_report(results: dict[str, CaseResult]) -> None:
    assert "client-colleague-" not in "".join(result.model_dump_json() for result in results.values())
