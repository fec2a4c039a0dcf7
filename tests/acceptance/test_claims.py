"""A target is held to what its file claims: to no more where it is right, and once for what it keeps nowhere."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.judging.claims import with_absent_claims
from harness.core.run.gate import BROKEN
from harness.core.target.claims import Breaker, Retry
from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from reports.record import CaseResult, Level, Verdict
from tests.targets.trial import HERE, UNJUDGED, by_id, right, wrong

pytestmark = pytest.mark.timeout(300)

BLAMED = (Verdict.FAIL, Verdict.NON_STRICT)


def claiming(name: str) -> TargetFile:
    """Return one of the targets that differ in what they claim."""
    return load(str(HERE / "claims" / f"{name}.toml"))


def told(results: dict[str, CaseResult], *verdicts: Verdict) -> list[tuple[str, str, str]]:
    return [
        (each.id, each.cause, "; ".join(finding.message for finding in each.findings))
        for each in results.values()
        if each.verdict in verdicts
    ]


def test_a_target_that_retries_what_it_lists_is_right(tmp_path: Path) -> None:
    found = by_id(claiming("retries-gateways"), "retry.after-*,retry.spaced,errors.*,breaker.not-by-single*", tmp_path)

    assert told(found, *BLAMED, *UNJUDGED) == []
    assert found["retry.after-503"].verdict is found["retry.after-reset"].verdict is Verdict.PASS
    assert found["retry.after-500"].verdict is Verdict.NOT_APPLICABLE
    assert found["retry.after-500"].cause == "the target does not claim retry.statuses.500"


def test_a_status_that_is_listed_and_not_retried_is_caught(tmp_path: Path) -> None:
    pipe = load(str(right("pipe")))
    listed = replace(pipe.capabilities, retry=Retry(max_attempts=3, statuses=frozenset({520})))
    unlisted = replace(pipe.capabilities, retry=Retry(max_attempts=3))

    levels = {
        name: [
            finding.level
            for finding in by_id(
                replace(pipe, capabilities=claims), "errors.unknown-origin-error", tmp_path / name, lanes=1
            )["errors.unknown-origin-error"].findings
            if finding.invariant == "retry-recovers"
        ]
        for name, claims in (("listed", listed), ("unlisted", unlisted))
    }

    assert levels == {"listed": [Level.MUST], "unlisted": [Level.SHOULD]}


def test_a_target_that_falls_back_on_server_errors_alone_is_right(tmp_path: Path) -> None:
    found = by_id(claiming("falls-back-on-server-errors"), "fallback.*,errors.internal,errors.unavailable", tmp_path)

    assert told(found, Verdict.FAIL, *UNJUDGED) == []
    assert [name for name, *_ in told(found, Verdict.NON_STRICT)] == ["fallback.used-out-of-capacity"]


def test_a_breaker_that_rests_for_long_is_blamed_for_nothing(tmp_path: Path) -> None:
    cases = "errors.*,retry.bounded*,retry.after-5*,breaker.opens,breaker.opens-for-streams,fallback.used"

    found = by_id(claiming("rests-long"), cases, tmp_path)

    assert told(found, *BLAMED, *UNJUDGED) == []
    assert found["breaker.opens"].verdict is Verdict.PASS


def test_a_long_rest_does_not_hide_a_target_that_answers_no_more(tmp_path: Path) -> None:
    target = wrong("loses-permits")
    resting = replace(target.capabilities, circuit_breaker=Breaker(failures=5, open_s=60.0))
    name = "endings.cut-between-events-by-reset"

    (result,) = by_id(replace(target, capabilities=resting), name, tmp_path, lanes=1).values()

    assert "alive-after" in {finding.invariant for finding in result.findings}


def test_where_two_identities_are_one_no_case_tells_them_apart(tmp_path: Path) -> None:
    found = by_id(
        claiming("one-identity"), "cache.json-then-json,cache.*caller*,kv.*caller*,errors.unauthorized", tmp_path
    )

    assert told(found, *BLAMED, *UNJUDGED) == []
    assert found["cache.json-then-json"].verdict is Verdict.PASS
    apart = [each.cause for each in found.values() if each.verdict is Verdict.NOT_APPLICABLE]
    assert apart
    assert all("{client_token}" in cause for cause in apart)


def test_claims_that_are_kept_nowhere_are_told_once_each(tmp_path: Path) -> None:
    cases = "retry.after-*,fallback.used*,breaker.opens*,errors.internal*,cache.json-then-json,cache.stream-then-stream"

    found = by_id(claiming("wrong-claims"), cases, tmp_path)
    new = {each.id: each for each in with_absent_claims(found.values())}

    absent = {
        name: finding.invariant
        for name, each in new.items()
        for finding in each.findings
        if finding.message.startswith("claimed, but absent")
    }
    assert sorted(absent.values()) == ["breaker-opens", "cache-hit-equal", "fallback-used", "retry-recovers"]
    assert {name for name, *_ in told(new, Verdict.FAIL)} == {*absent}
    assert all(cause.startswith("claimed, but absent") for _, cause, _ in told(new, Verdict.INCONCLUSIVE))


def test_a_run_tells_an_absent_claim_once_in_its_record(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness", "run", "--target", str(HERE / "claims" / "wrong-claims.toml"), "--json"]
    done = subprocess.run(
        [*command, "--case", "retry.after-reset,retry.after-500,retry.after-503", "--out", str(tmp_path)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    cases = {case["id"]: case for case in json.loads(done.stdout)["cases"]}

    assert done.returncode == BROKEN
    assert [case["verdict"] for case in cases.values()].count("fail") == 1
    assert {case["cause"] for case in cases.values() if case["verdict"] == "inconclusive"} == {
        "claimed, but absent: retry, which retry.after-500 tells; fallback_model, which retry.after-500 tells"
    }
