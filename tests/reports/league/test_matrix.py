from __future__ import annotations

from datetime import UTC, datetime

from reports.league import Entry, league
from reports.league.matrix import League
from reports.record import CaseResult, Finding, Level, RunRecord, Target, Verdict


def case(name: str, *broken: str, level: Level = Level.MUST, verdict: Verdict | None = None) -> CaseResult:
    worst = Verdict.FAIL if level is Level.MUST else Verdict.NON_STRICT
    return CaseResult(
        id=name,
        suite="conformance",
        family=name.partition(".")[0],
        level=Level.MUST,
        verdict=verdict or (worst if broken else Verdict.PASS),
        duration_s=0.1,
        promised="it is kept",
        saw="it was not",
        findings=tuple(Finding(invariant=each, level=level, message=f"ask: {each} was broken") for each in broken),
    )


def ran(name: str, *cases: CaseResult, version: str = "1.0", day: int = 1) -> RunRecord:
    return RunRecord.of(
        edgeproof="0.1.0",
        seed=7,
        profile="ci",
        target=Target(name=name, version=version, url="http://127.0.0.1:1"),
        started_at=datetime(2026, 11, day, tzinfo=UTC),
        duration_s=1.0,
        cases=cases,
    )


def _league(*records: RunRecord) -> League:
    return league([Entry(record=record) for record in records])


def test_a_problem_is_counted_once_in_the_family_of_its_clearest_case() -> None:
    made = _league(ran("a", case("streaming.x", "no-loss"), case("streaming.y", "no-loss"), case("json.z")))

    (row,) = made.rows
    assert (row.must, row.should, row.judged) == (1, 0, 3)
    assert len(row.cells["streaming"].must) == 1
    assert row.cells["json"].problems == ()


def test_what_breaks_a_should_is_counted_apart() -> None:
    (row,) = _league(ran("a", case("streaming.x", "cadence", level=Level.SHOULD))).rows

    assert (row.must, row.should) == (0, 1)
    assert len(row.cells["streaming"].should) == 1


def test_what_was_only_observed_is_no_problem() -> None:
    observed = case("streaming.x", "cadence", level=Level.OBSERVE, verdict=Verdict.INFO)

    assert _league(ran("a", observed)).rows[0].problems == ()


def test_a_family_that_nobody_was_judged_in_is_left_out() -> None:
    skipped = case("cache.x", verdict=Verdict.NOT_APPLICABLE)

    assert _league(ran("a", case("json.x"), skipped)).families == ("json",)


def test_products_come_by_name_and_the_newest_of_each_first() -> None:
    made = _league(
        ran("Caddy", case("json.x"), day=3),
        ran("apache", case("json.x"), day=1, version="2.3"),
        ran("apache", case("json.x"), day=9, version="2.4"),
    )

    assert [(row.name, row.version, row.latest) for row in made.rows] == [
        ("apache", "2.4", True),
        ("apache", "2.3", False),
        ("Caddy", "1.0", True),
    ]
    assert len({row.anchor for row in made.rows}) == 3


def test_invariants_come_by_how_many_products_break_them() -> None:
    made = _league(
        ran("a", case("json.x", "no-loss"), case("json.y", "valid-framing")),
        ran("b", case("json.x", "valid-framing")),
    )

    assert made.invariants == ("valid-framing", "no-loss")


def test_what_could_not_be_judged_is_told_and_never_counted_as_clean() -> None:
    (row,) = _league(ran("a", case("json.x"), case("json.y", verdict=Verdict.INCONCLUSIVE))).rows

    assert (row.judged, row.open) == (1, 1)
