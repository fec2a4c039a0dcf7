from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from harness.cli import setup
from reports.causes import explained
from reports.record import Verdict
from reports.terminal.screen import LINES_AT_MOST
from tests.harness.cli.conftest import Edgeproof
from tests.reports.sample import broken_record, case, record


def test_a_record_is_shown_again_with_the_exit_code_of_its_run(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(record().to_json())
    (tmp_path / "good.json").write_text(record([case("a.b")]).to_json())

    bad, good = edgeproof("report", "bad.json"), edgeproof("report", "good.json", "--out", "again")

    assert (bad.code, good.code) == (1, 0)
    assert "Verdict FAIL" in bad.out
    assert (tmp_path / "again" / "index.html").exists()


def test_a_record_is_one_screen_and_on_request_all_of_it(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(broken_record().to_json())

    screen, whole = edgeproof("report", "r.json").out, edgeproof("report", "r.json", "-v").out

    assert len(screen.splitlines()) <= LINES_AT_MOST < len(whole.splitlines())
    assert screen.startswith("Verdict FAIL")
    verdict = whole.partition("\n\n")[0]
    assert verdict.startswith("Verdict FAIL")
    assert whole.endswith(f"{verdict}\n")


def test_what_took_how_long_is_shown_on_request(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(record().to_json())

    assert "Slowest families" in edgeproof("report", "r.json", "--timings").out
    assert "Slowest" not in edgeproof("report", "r.json").out


def test_a_record_is_printed_as_json(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(record().to_json())

    told = json.loads(edgeproof("report", "r.json", "--json").out)

    assert told == json.loads(explained(record()).to_json())


def test_what_got_worse_gives_1_and_is_named(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(record([case("x.y"), case("x.z", Verdict.FAIL)]).to_json())
    (tmp_path / "b.json").write_text(record([case("x.y", Verdict.FAIL), case("x.z")]).to_json())

    outcome = edgeproof("compare", "a.json", "b.json")

    assert outcome.code == 1
    assert "worse     x.y  pass -> fail" in outcome.out
    assert "better    x.z  fail -> pass" in outcome.out
    assert edgeproof("compare", "a.json", "a.json").code == 0


def test_compare_says_how_much_it_compared_and_refuses_runs_that_share_nothing(
    edgeproof: Edgeproof, tmp_path: Path
) -> None:
    (tmp_path / "whole.json").write_text(record([case("x.y"), case("x.z"), case("a.b", Verdict.FAIL)]).to_json())
    (tmp_path / "some.json").write_text(record([case("x.y", Verdict.FAIL)]).to_json())
    (tmp_path / "other.json").write_text(record([case("u.v")]).to_json())

    shared, apart = edgeproof("compare", "whole.json", "some.json"), edgeproof("compare", "whole.json", "other.json")

    assert shared.out.splitlines() == [
        "worse     x.y  pass -> fail",
        "1 worse, 0 better, 0 otherwise changed, of 1 case in both runs",
    ]
    assert (shared.code, apart.code) == (1, 2)
    assert "no case in common" in apart.err
    assert "{BEFORE} {AFTER}" in " ".join(edgeproof("compare", "--help").out.split())


def test_init_prints_or_writes_a_target_file_and_replaces_none(edgeproof: Edgeproof, tmp_path: Path) -> None:
    printed, written, refused = edgeproof("init"), edgeproof("init", "my.toml"), edgeproof("init", "my.toml")

    assert tomllib.loads(printed.out)["target"]["name"] == "my-proxy"
    assert (tmp_path / "my.toml").read_text() == printed.out
    assert "edgeproof run my.toml" in written.err
    assert (printed.code, written.code, refused.code) == (0, 0, 2)
    assert edgeproof("init", "no/such/folder/my.toml").code == 2


def test_doctor_finds_all_well_or_says_what_to_do(edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch) -> None:
    well = edgeproof("doctor")
    monkeypatch.setattr(setup, "_LIBRARIES", ("no-such-library",))
    ill = edgeproof("doctor")

    assert well.code == 0
    assert well.out.endswith("no problems\n")
    assert ill.code == 3
    assert "problem: no-such-library is not installed; run: pip install edgeproof" in ill.out


def test_init_writes_the_target_file_of_a_worker(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "wrangler.jsonc").write_text('{"name": "w", "main": "a.js", "compatibility_date": "2026-11-01"}')
    (tmp_path / "sub").mkdir()

    written = edgeproof("init", str(tmp_path / "sub" / "t.toml"), "--worker", str(tmp_path / "wrangler.jsonc"))
    missing = edgeproof("init", "--worker", str(tmp_path / "nothing.jsonc"))

    assert written.code == 0
    assert 'worker = "../wrangler.jsonc"' in (tmp_path / "sub" / "t.toml").read_text()
    assert missing.code == 2
    assert "nothing.jsonc cannot be read" in missing.err


def test_doctor_tells_what_workers_are_judged_with(edgeproof: Edgeproof) -> None:
    told = edgeproof("doctor").out.splitlines()

    assert [any(line.startswith(name) for line in told) for name in ("workerd", "esbuild")] == [True, True]
