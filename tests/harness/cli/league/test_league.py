from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.running.perform import described
from harness.shell.target.targets import load
from tests.harness.cli.conftest import Edgeproof
from tests.reports.league.test_matrix import case, ran


def _record(folder: Path, name: str, *, report: bool = False) -> Path:
    folder.mkdir()
    path = folder / "results.json"
    path.write_text(ran(name, case("streaming.x", "no-loss"), case("json.y")).to_json(), encoding="utf-8")
    if report:
        (folder / "index.html").write_text("<!doctype html>", encoding="utf-8")
    return path


def test_records_become_a_page_that_links_to_their_reports(edgeproof: Edgeproof, tmp_path: Path) -> None:
    first = _record(tmp_path / "one two", "alpha", report=True)
    second = _record(tmp_path / "other", "beta")

    outcome = edgeproof("league", str(first), str(second), "--out", "pages/league.html")

    page = (tmp_path / "pages" / "league.html").read_text(encoding="utf-8")
    assert (outcome.code, outcome.out) == (0, "league: pages/league.html\n")
    assert page.count('href="../one%20two/index.html"') == 1
    assert "alpha" in page
    assert "beta" in page


def test_a_self_check_is_told_on_the_page(edgeproof: Edgeproof, tmp_path: Path) -> None:
    record = _record(tmp_path / "one", "alpha")
    matrix = tmp_path / "kill-matrix.json"
    clean = {"cases": 41, "blamed": []}
    told = {"schema": "edgeproof-kill-matrix/1", "seed": 7, "mutants": 9, "killed": 8, "clean": clean}
    matrix.write_text(json.dumps(told), encoding="utf-8")

    assert edgeproof("league", str(record), "--selfcheck", str(matrix)).code == 0
    assert "8 of 9" in (tmp_path / "league.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "this is not JSON"),
        ('{"schema": "edgeproof.results/0"}', 'this record has schema "edgeproof.results/0"'),
        ('{"schema": "edgeproof.results/1"}', "this is no edgeproof.results/1 record"),
        ("[]", "this is no record"),
    ],
)
def test_a_bad_or_old_record_is_one_line_and_exit_2(text: str, told: str, edgeproof: Edgeproof, tmp_path: Path) -> None:
    good = _record(tmp_path / "good", "alpha")
    bad = tmp_path / "bad.json"
    bad.write_text(text, encoding="utf-8")

    outcome = edgeproof("league", str(good), str(bad))

    assert outcome.code == 2
    assert outcome.err.startswith(f"edgeproof: {bad}: {told}")
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "league.html").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Missing argument"),
        (("none.json",), "none.json: cannot be read"),
        (("good/results.json", "--selfcheck", "none.json"), "none.json: cannot be read"),
        (("good/results.json", "--out", "good"), "good cannot be written"),
    ],
)
def test_what_is_not_there_or_cannot_be_written_is_told(
    arguments: tuple[str, ...], told: str, edgeproof: Edgeproof, tmp_path: Path
) -> None:
    _record(tmp_path / "good", "alpha")

    outcome = edgeproof("league", *arguments)

    assert outcome.code == 2
    assert told in outcome.err


def test_a_record_tells_the_version_that_the_target_file_names() -> None:
    target = load("reference")

    assert described(replace(target, version="1.4.2"), "").version == "1.4.2"
    assert described(target, "").version == ""
