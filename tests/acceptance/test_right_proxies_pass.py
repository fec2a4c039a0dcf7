"""Three right proxies of three kinds: whatever is done to their upstream, the harness finds nothing to say.

A byte pipe passes on what it gets, good or bad; a parser writes everything anew; a cache answers twice. All are right.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from harness.core.run.gate import HELD
from harness.shell.target.targets import load
from tests.targets.trial import SEED, right

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

KINDS = ("pipe", "parser", "cache")

_VERBATIM = "it passes on what upstream sent, good or bad, and looks at no byte of it"
_UNSEEN_END = "upstream ended its framing in order, and a pipe does not know what is missing inside"
_FOREIGN_ERROR = "upstream's error page goes on as it came"
_LIVES_ON = "its deadline is for the beginning of a stream: what lives may go on"
_LATE_STORE = "Workers KV is waited for but a moment, and a write under way is lost with its process"

NON_STRICT: Mapping[str, Mapping[str, str]] = {
    "pipe": {
        "streaming.missing-blank-line": _VERBATIM,
        "streaming.malformed-json": _VERBATIM,
        "streaming.json-with-something-behind": _VERBATIM,
        "streaming.invalid-utf8": _VERBATIM,
        "streaming.nul-byte": _VERBATIM,
        "limits.role-unknown": _VERBATIM,
        "endings.done-twice": _VERBATIM,
        "endings.text-after-done": _VERBATIM,
        "endings.no-last-blank-line": _VERBATIM,
        "endings.corrupted-bytes": _VERBATIM,
        "endings.error-as-text": _VERBATIM,
        "endings.error-then-done": _VERBATIM,
        "endings.error-then-more": _VERBATIM,
        "endings.page-instead-of-a-stream": _VERBATIM,
        "endings.challenge-page": _VERBATIM,
        "endings.stream-as-plain-text": _VERBATIM,
        "json.page-with-status-200": _VERBATIM,
        "json.cut-short": _VERBATIM,
        "json.cut-inside-the-text": _VERBATIM,
        "json.length-promises-less": _VERBATIM,
        "json.gzip-cut-short": _VERBATIM,
        "json.bare-words": _VERBATIM,
        "json.events-instead": _VERBATIM,
        "json.single-quotes": _VERBATIM,
        "json.body-of-another-type": _VERBATIM,
        "endings.cut-*-cleanly": _UNSEEN_END,
        "endings.cut-before-the-first-event": _UNSEEN_END,
        "endings.cut-inside-a-tool-call": _UNSEEN_END,
        "endings.cut-just-before-the-end": _UNSEEN_END,
        "endings.gzip-cut-short": _UNSEEN_END,
        "endings.never-by-itself": _LIVES_ON,
        "errors.bad-gateway-page": _FOREIGN_ERROR,
        "errors.unavailable": _FOREIGN_ERROR,
        "errors.gateway-timeout": _FOREIGN_ERROR,
        "errors.connection-timed-out": _FOREIGN_ERROR,
        "errors.unknown-origin-error": _FOREIGN_ERROR,
        "errors.origin-too-slow": _FOREIGN_ERROR,
        "errors.origin-name-unknown": _FOREIGN_ERROR,
        "errors.empty-error-body": _FOREIGN_ERROR,
        "errors.plain-text-body": _FOREIGN_ERROR,
        "errors.retry-after-kept-on-a-stream": _FOREIGN_ERROR,
    },
    "parser": {"endings.never-by-itself": _LIVES_ON},
    "cache": {"kv.answers-a-new-process": _LATE_STORE, "endings.never-by-itself": _LIVES_ON},
}
"""Which cases may be non-strict for whom, and why."""


@dataclass(frozen=True, slots=True)
class _Run:
    code: int
    cases: list[dict[str, Any]]
    said: str


@cache
def _run(kind: str) -> _Run:
    with TemporaryDirectory(prefix="edgeproof-test-") as out:
        command = [sys.executable, "-m", "harness", "run", "--target", str(right(kind)), "--json", "--out", out]
        done = subprocess.run(
            [*command, "--seed", str(SEED), "--profile", "quick", "--suite", "conformance"],
            capture_output=True,
            timeout=280,
            check=False,
        )
    return _Run(done.returncode, json.loads(done.stdout)["cases"], done.stderr.decode())


def _told(kind: str, verdict: str) -> list[tuple[str, str]]:
    return [(case["id"], case["cause"] or case["saw"]) for case in _run(kind).cases if case["verdict"] == verdict]


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_proxy_passes(kind: str) -> None:
    done = _run(kind)

    assert done.code == HELD, done.said


@pytest.mark.parametrize("verdict", ["fail", "inconclusive", "harness-error"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_case_blames_a_right_proxy_or_fails_to_judge_it(kind: str, verdict: str) -> None:
    assert _told(kind, verdict) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_proxy_is_non_strict_only_where_that_is_known(kind: str) -> None:
    told = _told(kind, "non-strict")

    assert [(case, saw) for case, saw in told if not any(fnmatchcase(case, known) for known in NON_STRICT[kind])] == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_right_proxy_claims_is_judged(kind: str) -> None:
    claims = load(str(right(kind))).capabilities
    skipped = [case["cause"] for case in _run(kind).cases if case["verdict"] == "not-applicable"]

    assert not [cause for cause in skipped if claims.kv and cause.endswith(("cache", "kv", "retry", "fallback_model"))]
