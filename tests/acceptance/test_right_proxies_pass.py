"""Correct proxies of many kinds: whatever is done to their upstream, the harness finds nothing to say.

A byte pipe passes on what it gets, good or bad; a parser writes everything anew; a cache answers twice. All are right.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from harness.core.run.gate import HELD, INCONCLUSIVE
from harness.shell.target.targets import load
from reports.record import Verdict
from scenarios.index import EVERY
from tests.acceptance.rounds import TARGETS, Played, Run
from tests.targets.trial import UNJUDGED, judged

pytestmark = [pytest.mark.acceptance, pytest.mark.alone, pytest.mark.timeout(1200)]

KINDS = ("right-pipe", "right-parser", "right-cache")

_VERBATIM = "it passes on what upstream sent, good or bad, and looks at no byte of it"
_UNSEEN_END = "upstream ended its framing in order, and a pipe does not know what is missing inside"
_FOREIGN_ERROR = "upstream's error page goes on as it came"
_LIVES_ON = "its deadline is for the beginning of a stream: what lives may go on"
_LATE_STORE = "Workers KV is waited for but a moment, and a write under way is lost with its process"

NON_STRICT: Mapping[str, Mapping[str, str]] = {
    "right-pipe": {
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
        "json.wrong-content-type": _VERBATIM,
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
        "endings.arguments-with-a-hole": _VERBATIM,
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
    "right-parser": {"endings.never-by-itself": _LIVES_ON},
    "right-cache": {"kv.answers-a-new-process": _LATE_STORE, "endings.never-by-itself": _LIVES_ON},
}
"""Which cases may be non-strict for whom, and why."""


_TOO_SLOW = ("the harness itself was late", "the cached answer's TTL may rightly have been over by then")
"""Why a slow machine leaves a case unjudged: a target that takes longer to start anew than an answer is kept, too."""


def _late(*runs: Run) -> set[str]:
    """Return the cases for which the machine was too slow, which says nothing of anybody."""
    return {case.id for run in runs for case in run.record.cases if any(cause in case.cause for cause in _TOO_SLOW)}


def _told(verdict: Verdict, *runs: Run) -> list[tuple[str, str]]:
    late = _late(*runs)
    return [
        (case.id, case.cause or case.saw)
        for run in runs
        for case in run.record.cases
        if case.verdict is verdict and case.id not in late
    ]


@pytest.mark.parametrize("name", KINDS)
def test_a_right_proxy_passes(name: str, runs: Played, rounds: Played) -> None:
    for done in (runs[name], rounds[name]):
        assert done.code == (INCONCLUSIVE if _late(done) else HELD), done.err


@pytest.mark.parametrize("name", TARGETS)
def test_no_case_blames_a_right_proxy(name: str, runs: Played, rounds: Played) -> None:
    assert _told(Verdict.FAIL, runs[name], rounds[name]) == []


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR])
@pytest.mark.parametrize("name", KINDS)
def test_every_case_is_judged_on_a_right_proxy(name: str, verdict: Verdict, runs: Played, rounds: Played) -> None:
    assert _told(verdict, runs[name], rounds[name]) == []


@pytest.mark.parametrize("name", KINDS)
def test_a_right_proxy_is_non_strict_only_where_that_is_known(name: str, runs: Played, rounds: Played) -> None:
    told = _told(Verdict.NON_STRICT, runs[name], rounds[name])

    assert [(case, saw) for case, saw in told if not any(fnmatchcase(case, known) for known in NON_STRICT[name])] == []


@pytest.mark.parametrize("name", KINDS)
def test_what_a_right_proxy_claims_is_judged(name: str, runs: Played, rounds: Played) -> None:
    claims = load(TARGETS[name]).capabilities
    skipped = [cause for _, cause in _told(Verdict.NOT_APPLICABLE, runs[name], rounds[name])]

    assert not [cause for cause in skipped if claims.kv and cause.endswith(("cache", "kv", "retry", "fallback_model"))]


@pytest.mark.parametrize("name", KINDS)
def test_what_a_slow_machine_left_open_is_judged_with_nothing_beside_it(
    name: str, runs: Played, rounds: Played, tmp_path: Path
) -> None:
    late = sorted(_late(runs[name], rounds[name]))
    again = judged(load(TARGETS[name]), [EVERY[each] for each in late], tmp_path, lanes=1) if late else []

    assert [(each.id, each.cause or each.saw) for each in again if each.verdict in (*UNJUDGED, Verdict.FAIL)] == []
