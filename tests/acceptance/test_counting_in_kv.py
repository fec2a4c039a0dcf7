"""Workers KV takes one write a second to a key, by REST too: who counts under one key is told so, others are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from reports.record import CaseResult, Verdict
from tests.targets.trial import by_id, right

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

CASE = "kv.no-key-twice-a-second"


def counting(name: str) -> TargetFile:
    """Return the target of one that counts: it claims what the right cache does."""
    base = load(str(right("cache")))
    command = ("{python}", "-m", "tests.targets.counting", name, "--port", "{port}", "--upstream", "{upstream}")
    return replace(base, name=name, command=command)


def _judged(name: str, logs: Path) -> CaseResult:
    return by_id(counting(name), CASE, logs, lanes=1)[CASE]


def test_a_proxy_that_counts_under_one_key_is_told_so_and_nothing_else(tmp_path: Path) -> None:
    result = _judged("under-one-key", tmp_path)

    (finding,) = result.findings
    assert (result.verdict, finding.invariant) == (Verdict.NON_STRICT, "kv-writes-spaced")
    assert any(each.endswith("/values/last") for each in finding.evidence)


def test_a_proxy_that_counts_under_many_keys_is_right(tmp_path: Path) -> None:
    result = _judged("under-many-keys", tmp_path)

    assert (result.verdict, result.findings) == (Verdict.PASS, ())
