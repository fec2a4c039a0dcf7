"""The verbs that keep a file of what is known to be broken, and what a record says beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reports.record import CaseResult, Verdict
from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.running.test_coverage import SMALL
from tests.harness.core.run.test_baseline import CUT, LOST, broke
from tests.reports.sample import case, record

Written = Callable[..., Path]
FILE = "edgeproof-baseline.toml"


@pytest.fixture
def results(tmp_path: Path) -> Written:
    def write(*cases: CaseResult, day: str = "2026-03-02") -> Path:
        path = tmp_path / "results.json"
        path.write_text(record(cases, started_at=f"{day}T09:30:00Z").to_json())
        return path

    return write


def test_a_second_breach_fails_the_gate_and_a_known_one_does_not(edgeproof: Edgeproof, results: Written) -> None:
    edgeproof("baseline", "write", str(results(broke("a.b", CUT))))

    known = edgeproof("report", str(results(broke("a.b", CUT))), "--baseline", FILE)
    second = edgeproof("report", str(results(broke("a.b", CUT, LOST))), "--baseline", FILE)

    assert (known.code, second.code) == (0, 1)
    assert known.out.startswith("Verdict PASS against the baseline: 1 known, 0 new, 0 fixed")
    assert second.out.startswith("Verdict FAIL against the baseline: 1 known, 1 new, 0 fixed")
    assert "new                  a.b: no-laundering: the text was lost" in second.out


def test_an_expired_entry_fails_with_a_line_of_its_own(edgeproof: Edgeproof, results: Written, tmp_path: Path) -> None:
    found = str(results(broke("a.b", CUT)))
    edgeproof("baseline", "write", found)
    with (tmp_path / FILE).open("a") as file:
        file.write('expires = 2026-01-31\nreason = "waits"\n')

    outcome = edgeproof("report", found, "--baseline", FILE)

    assert outcome.code == 1
    assert "0 known, 0 new, 0 fixed, 1 expired" in outcome.out
    assert "expired              on 2026-01-31 (waits): a.b: no-laundering" in outcome.out


def test_a_mended_entry_is_told_and_dropped_on_request_alone(
    edgeproof: Edgeproof, results: Written, tmp_path: Path
) -> None:
    edgeproof("baseline", "write", str(results(broke("a.b", CUT), broke("a.c", CUT))))
    mended = str(results(broke("a.b", CUT), case("a.c"), day="2026-04-01"))

    told = edgeproof("report", mended, "--baseline", FILE)
    kept = edgeproof("baseline", "update", mended)
    after = (tmp_path / FILE).read_text()
    dropped = edgeproof("baseline", "update", mended, "--prune")

    assert (told.code, kept.code, dropped.code) == (0, 0, 0)
    assert "fixed                a.c" in told.out
    assert "fixed    a.c" in kept.err
    assert after.count("[[known]]") == 2
    assert after.count("last_seen = 2026-04-01") == 1
    assert after.count("first_seen = 2026-03-02") == 2
    assert "dropped  a.c" in dropped.err
    assert (tmp_path / FILE).read_text().count("[[known]]") == 1


def test_a_file_is_not_replaced_unless_that_is_asked_for(
    edgeproof: Edgeproof, results: Written, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text("mine")
    found = str(results(broke("a.b", CUT)))

    refused = edgeproof("baseline", "write", found)
    assert (refused.code, (tmp_path / FILE).read_text()) == (2, "mine")
    assert edgeproof("baseline", "write", found, "--force").code == 0
    assert "[[known]]" in (tmp_path / FILE).read_text()


def test_a_record_is_not_overwritten_by_an_update(edgeproof: Edgeproof, results: Written) -> None:
    found = results(broke("a.b", CUT))
    before = found.read_text()

    assert edgeproof("baseline", "update", str(found), str(found)).code == 2
    assert found.read_text() == before


def test_entries_are_shown_with_age_and_expiry(edgeproof: Edgeproof, results: Written, tmp_path: Path) -> None:
    edgeproof("baseline", "write", str(results(broke("a.b", CUT))))
    with (tmp_path / FILE).open("a") as file:
        file.write('expires = 2020-01-31\nreason = "[bold]waits[/bold]"\n')

    shown = edgeproof("baseline", "show")

    assert shown.code == 0
    assert all(word in " ".join(shown.out.split()) for word in ("a.b", "must", "1 known, 1 expired"))


def test_a_key_that_nobody_knows_is_refused_before_a_run_starts(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('schema = "edgeproof.baseline/1"\n[[knowm]]\n')

    outcome = edgeproof("run", "--baseline", FILE)

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"edgeproof: {FILE}: there is no key called 'knowm'\ndid you mean known?\n"
    assert not (tmp_path / "edgeproof-report").exists()


def test_a_comparison_calls_a_second_breach_worse(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(record([broke("a.b", CUT)]).to_json())
    (tmp_path / "b.json").write_text(record([broke("a.b", CUT, LOST)]).to_json())

    outcome = edgeproof("compare", "a.json", "b.json")

    assert outcome.code == 1
    assert "a.b  fail -> fail, and breaks no-laundering: the text was lost" in outcome.out
    assert edgeproof("compare", "b.json", "a.json").code == 0


def test_a_report_exits_as_its_run_did(edgeproof: Edgeproof, tmp_path: Path) -> None:
    arguments = ("run", SMALL, "--case", "streaming.plain", "--seed", "3", "--cov-fail-under", "100")

    ran, told = edgeproof(*arguments), edgeproof("report", "edgeproof-report/results.json")

    assert (ran.code, told.code) == (4, 4)
    assert told.out.startswith("Verdict GATE MISSED · missed: target coverage ")


def test_a_run_says_what_its_baseline_said(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('schema = "edgeproof.baseline/1"\n')

    ran = edgeproof("run", "--case", "streaming.plain", "--seed", "3", "--baseline", FILE)
    told = edgeproof("report", "edgeproof-report/results.json")

    assert (ran.code, told.code) == (0, 0)
    for outcome in (ran, told):
        assert outcome.out.startswith("Verdict PASS against the baseline: 0 known, 0 new, 0 fixed · 1 passed in ")


def test_what_could_not_be_judged_is_told_when_a_baseline_is_written(edgeproof: Edgeproof, results: Written) -> None:
    outcome = edgeproof("baseline", "write", str(results(broke("a.b", CUT), case("a.c", Verdict.INCONCLUSIVE))))

    assert outcome.err == f"{FILE}: 1 known\n1 case could not be judged in this run; the baseline leaves them out\n"
