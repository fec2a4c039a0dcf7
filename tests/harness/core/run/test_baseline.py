"""Known failures is known by invariant, case and shape, with any seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from harness.core.run.baseline import Baseline, Entry, breaches
from harness.core.run.gate import HeldTo, exit_code, gated
from reports.outcome import verdict_line
from reports.record import Against, CaseResult, Finding, Level, RunRecord, Verdict
from tests.reports.sample import case, record

CUT = "ask: [DONE] reached the client after 4 events"
LOST = "ask: the text 'abc' was lost"
TODAY = date(2026, 3, 2)
"""The day of the sample record."""


def broke(
    name: str,
    *messages: str,
    level: Level = Level.MUST,
    verdict: Verdict = Verdict.FAIL,
    invariant: str = "no-laundering",
    suite: str = "conformance",
) -> CaseResult:
    findings = tuple(Finding(invariant=invariant, level=level, message=message) for message in messages)
    return case(name, verdict, findings=findings, suite=suite)


def held(now: RunRecord, before: RunRecord | Baseline, *, fail_on: str = "must", today: date = TODAY) -> RunRecord:
    baseline = before if isinstance(before, Baseline) else Baseline.of(before)
    return gated(now, HeldTo(fail_on=fail_on, baseline=baseline), today=today)  # type: ignore[arg-type]


def told(of: RunRecord) -> Against:
    assert of.gate is not None
    assert of.gate.baseline is not None
    return of.gate.baseline


def expiring(day: date | None, **more: str) -> Baseline:
    (entry,) = Baseline.of(record([broke("a.b", CUT)])).entries
    return Baseline(
        entries=(Entry(**{**{key: getattr(entry, key) for key in Entry.__slots__}, "expires": day, **more}),)
    )


def test_a_known_breach_passes_whatever_its_numbers_are() -> None:
    now = held(
        record([broke("a.b", "again#2: [DONE] reached the client after 97 events")]), record([broke("a.b", CUT)])
    )

    assert exit_code(now) == 0
    assert verdict_line(now) == "PASS against the baseline: 1 known, 0 new, 0 fixed · 1 failed"


def test_a_second_breach_in_a_case_that_failed_already_fails() -> None:
    now = held(record([broke("a.b", CUT, LOST)]), record([broke("a.b", CUT)]))

    assert exit_code(now) == 1
    assert [str(each) for each in told(now).new] == ["a.b: no-laundering: the text was lost"]
    assert verdict_line(now).startswith("FAIL against the baseline: 1 known, 1 new, 0 fixed")


@pytest.mark.parametrize(
    "other",
    [broke("a.c", CUT), broke("a.b", CUT, invariant="no-loss"), broke("a.b", LOST)],
    ids=["case", "rule", "shape"],
)
def test_another_case_invariant_or_shape_is_new(other: CaseResult) -> None:
    now = held(record([broke("a.b", CUT), other]), record([broke("a.b", CUT)]))

    assert (exit_code(now), len(told(now).known), len(told(now).new)) == (1, 1, 1)


def test_a_should_that_becomes_a_must_is_new() -> None:
    before = record([broke("a.b", CUT, level=Level.SHOULD, verdict=Verdict.NON_STRICT)])

    assert exit_code(held(record([broke("a.b", CUT)]), before)) == 1
    assert exit_code(held(before, record([broke("a.b", CUT)]), fail_on="should")) == 0


def test_a_new_should_fails_only_a_run_that_is_to_fail_on_it() -> None:
    now = record([broke("a.b", CUT, level=Level.SHOULD, verdict=Verdict.NON_STRICT)])

    assert (exit_code(held(now, Baseline())), exit_code(held(now, Baseline(), fail_on="should"))) == (0, 1)
    assert told(held(now, Baseline())).new == ()


@pytest.mark.parametrize(
    ("today", "code"),
    [(date(2026, 3, 1), 0), (date(2026, 3, 2), 0), (date(2026, 3, 3), 1)],
    ids=["before", "on", "behind"],
)
def test_an_entry_excuses_up_to_and_with_its_day(today: date, code: int) -> None:
    now = held(record([broke("a.b", CUT)]), expiring(date(2026, 3, 2)), today=today)

    assert exit_code(now) == code
    assert (len(told(now).expired), len(told(now).known)) == (code, 1 - code)


def test_what_is_mended_is_told_and_an_expired_entry_of_it_fails_nothing() -> None:
    now = held(record([case("a.b")]), expiring(date(2026, 1, 1)))

    assert exit_code(now) == 0
    assert verdict_line(now).startswith("PASS against the baseline: 0 known, 0 new, 1 fixed")


@pytest.mark.parametrize(
    "cases",
    [
        [case("a.c")],
        [case("a.b", Verdict.NOT_APPLICABLE), case("a.c")],
        [case("a.b", Verdict.INCONCLUSIVE, cause="the run was stopped by SIGINT before this was judged"), case("a.c")],
        [case("a.b", Verdict.HARNESS_ERROR), case("a.c")],
    ],
    ids=["not chosen", "not applicable", "stopped", "harness error"],
)
def test_what_was_not_judged_is_neither_mended_nor_new(cases: list[CaseResult]) -> None:
    now = held(record(cases), record([broke("a.b", CUT)]))

    assert (told(now).new, told(now).mended, told(now).known) == ((), (), ())


def test_a_doubt_comes_through_where_nothing_is_new() -> None:
    now = held(record([broke("a.b", CUT), case("a.c", Verdict.INCONCLUSIVE)]), record([broke("a.b", CUT)]))

    assert exit_code(now) == 3
    assert verdict_line(now).startswith("INCONCLUSIVE against the baseline: 1 known, 0 new")


def test_a_stopped_run_says_so() -> None:
    now = gated(record([case("a.b")]), HeldTo(), stopped="SIGINT")

    assert verdict_line(now) == "PASS · stopped by SIGINT · 1 passed"


def test_a_missed_gate_stands_in_the_sentence() -> None:
    part = {"target": {"fail_under": 80, "percent": 71.25, "met": False}}
    objectives = {"objectives": [{"objective": "ttft_p95_s < 1", "met": False}]}
    now = gated(record([case("a.b")], coverage=part, load=objectives), HeldTo(baseline=Baseline()))

    assert exit_code(now) == 4
    assert verdict_line(now) == (
        "GATE MISSED against the baseline: 0 known, 0 new, 0 fixed"
        " · missed: target coverage 71.2 % (at least 80 %); ttft_p95_s < 1 · 1 passed"
    )


def test_a_find_of_another_seed_is_known_by_invariant_and_shape() -> None:
    one = record(
        [broke("found.no-laundering-1a2b", CUT, suite="properties"), case("search", Verdict.FAIL, suite="properties")]
    )
    two = record(
        [broke("found.no-laundering-9f9f", CUT, suite="properties"), case("search", Verdict.FAIL, suite="properties")]
    )

    assert exit_code(held(two, one)) == 0
    assert exit_code(held(two, record([broke("endings.cut", CUT)]))) == 0
    assert exit_code(held(two, record([broke("endings.cut", LOST)]))) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            "row-2: [DONE] reached the client although upstream's answer broke off after 3 events and 788 bytes (fin)",
            "row-5: [DONE] reached the client although upstream's answer broke off after 9 events and 93 bytes (reset)",
        ),
        (
            'row-6: upstream sent 1 malformed event(s) (\'{"id":"chatcmpl-c4a3\'); they were dropped',
            'row-6: upstream sent 2 malformed event(s) (\'{"id":"chatcmpl-5554\'); they were dropped',
        ),
        ("row-6: text was lost: 0 of 22 characters arrived", "row-6: text was lost: 0 of 15 characters arrived"),
        ("row-6: finish_reason was None, upstream said 'stop'", "a: finish_reason was None, upstream said 'length'"),
    ],
)
def test_what_two_seeds_found_on_one_proxy_is_the_same(one: str, two: str) -> None:
    before = record([broke("found.rule-079d3ae2f2", one, suite="properties")])

    assert exit_code(held(record([broke("pairs.rule-1b2c", two, suite="properties")]), before)) == 0


def test_a_search_excuses_no_case_of_the_suite() -> None:
    one = record([broke("found.no-laundering-1a2b", CUT, suite="properties")])

    assert exit_code(held(record([broke("endings.cut", CUT)]), one)) == 1


def test_a_search_that_comes_upon_nothing_has_mended_nothing() -> None:
    one = record([broke("found.no-laundering-1a2b", CUT, suite="properties")])

    assert told(held(record([case("found.other-77", suite="properties")]), one)).mended == ()


def test_a_search_that_failed_without_a_find_is_a_breach_of_its_own() -> None:
    lone = record([case("sequences", Verdict.FAIL, suite="properties")])

    assert [each.case for each in breaches(lone)] == ["sequences"]


def test_an_update_keeps_the_first_day_reason_and_expiry_and_adds_what_is_new() -> None:
    before = expiring(date(2026, 12, 31), reason="waits for upstream")
    later = record([broke("a.b", CUT), broke("a.c", LOST)], started_at="2026-04-05T23:30:00-02:00")

    first, second = before.updated(later).entries

    assert (first.first_seen, first.last_seen, first.expires) == (TODAY, date(2026, 4, 6), date(2026, 12, 31))
    assert first.reason == "waits for upstream"
    assert (second.case, second.first_seen) == ("a.c", date(2026, 4, 6))


def test_an_older_record_turns_no_day_back() -> None:
    before = Baseline.of(record([broke("a.b", CUT)]))

    assert before.updated(record([broke("a.b", CUT)], started_at="2025-01-01T00:00:00Z")) == before


def test_an_update_keeps_what_is_mended_until_it_is_to_be_dropped() -> None:
    before = Baseline.of(record([broke("a.b", CUT), broke("a.c", CUT)]))
    now = record([case("a.b"), broke("a.c", CUT)])

    after = before.updated(now)

    assert len(after.entries) == 2
    assert [each.case for each in after.without(before.mended(now)).entries] == ["a.c"]


def test_a_mended_should_is_told_where_a_should_can_fail_the_run() -> None:
    before = record([broke("a.b", CUT, level=Level.SHOULD, verdict=Verdict.NON_STRICT)])
    now = record([case("a.b")])

    assert told(held(now, before)).mended == ()
    assert len(told(held(now, before, fail_on="should")).mended) == 1


def test_a_find_is_excused_by_its_own_entry_or_else_by_what_lasts_longest() -> None:
    (over,) = expiring(date(2026, 1, 1)).entries
    lasts = replace(over, case="a.a", expires=None)
    own = replace(over, case="found")
    find = record([broke("found.x-1", CUT, suite="properties")])

    assert exit_code(held(find, Baseline(entries=(lasts, over)))) == 0
    assert exit_code(held(find, Baseline(entries=(over, lasts)))) == 0
    assert exit_code(held(find, Baseline(entries=(lasts, own)))) == 1
