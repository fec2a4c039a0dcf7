"""Findings and the keys of a target file that they hold it to."""

from __future__ import annotations

from dataclasses import fields

import pytest

from harness.core.judging.recorded.held_to import claim_of, with_claims
from harness.core.target.claims import Capabilities, Limits
from reports.record import Finding, Level, Verdict
from scenarios.case import Case, Step
from scenarios.index import ALL
from tests.reports.sample import case


def about(*needs: str, stream: bool = False, fresh: bool = False) -> Case:
    return Case(
        id="f.n",
        promise="p",
        reference="r",
        focus=("no-loss",),
        needs=needs,
        steps=(Step(stream=stream),),
        fresh=fresh,
    )


@pytest.mark.parametrize(
    ("invariant", "of", "claim"),
    [
        ("cache-expires", about("cache"), "capabilities.cache"),
        ("cache-hit-equal", about("cache.streams"), "capabilities.cache.streams"),
        ("kv-down-survived", about("kv", "cache"), "capabilities.kv"),
        ("retry-bounded", about(), "capabilities.retry"),
        ("ends-in-time", about(stream=True), "limits.deadline_s"),
        ("request-limits", about("limits.max_depth"), "limits.max_depth"),
        ("no-loss", about("limits.deadline_s", "cache"), "limits.deadline_s"),
        ("no-laundering", about(stream=True), "capabilities.streaming"),
        ("no-loss", about(fresh=True), "target.command"),
        ("status-mapped", about(), "chat"),
        ("no-loss", None, "chat"),
    ],
)
def test_a_finding_points_at_the_claim_that_it_is_about(invariant: str, of: Case | None, claim: str) -> None:
    assert claim_of(invariant, of) == claim


def test_every_case_points_at_a_key_that_a_target_file_can_have() -> None:
    tables = {"capabilities": Capabilities, "limits": Limits}
    known = {f"{table}.{item.name}" for table, of in tables.items() for item in fields(of)} | {
        "limits", "chat", "chat.headers", "chat.second_model", "target.command", "target.worker",
    }  # fmt: skip

    told = {claim_of(invariant, each) for each in ALL for invariant in each.focus}

    assert {claim for claim in told if not any(claim == key or claim.startswith(f"{key}.") for key in known)} == set()


def test_findings_get_a_claim_and_one_that_has_its_own_keeps_it() -> None:
    own = Finding(invariant="no-loss", level=Level.MUST, message="m", claim="chat.path")
    bare = Finding(invariant="cache-expires", level=Level.MUST, message="m")
    untouched = case("a.b")

    told = with_claims([case("a.c", Verdict.FAIL, findings=(own, bare)), untouched])

    assert [finding.claim for finding in told[0].findings] == ["chat.path", "capabilities.cache"]
    assert told[1] is untouched
