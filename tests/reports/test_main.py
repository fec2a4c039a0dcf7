"""`python -m reports` on its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reports.__main__ import main
from tests.reports.sample import record


@pytest.fixture
def results(tmp_path: Path) -> Path:
    path = tmp_path / "results.json"
    path.write_text(record().to_json(), encoding="utf-8")
    return path


def test_each_format_is_written(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, xml, text = tmp_path / "out.html", tmp_path / "out.xml", tmp_path / "out.md"

    code = main([str(results), "--html", str(page), "--junit", str(xml), "--markdown", str(text)])

    assert code == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert xml.read_text(encoding="utf-8").startswith("<?xml")
    assert text.read_text(encoding="utf-8").startswith("## edgeproof")
    assert capsys.readouterr() == ("", "")


def test_without_a_format_the_record_is_shown(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(results)]) == 0
    assert "Verdict FAIL" in capsys.readouterr().out


def test_a_dash_is_standard_output(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(results), "--junit", "-"]) == 0
    assert capsys.readouterr().out.startswith("<?xml")


def test_the_schema_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "RunRecord"


def test_no_record_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])

    assert caught.value.code == 2
    assert "name a results.json" in capsys.readouterr().err


def test_an_unreadable_record_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json: cannot be read" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(results), "--html", str(tmp_path / "no" / "out.html")]) == 2
    assert "out.html: cannot be written" in capsys.readouterr().err


def test_it_runs_without_anything_else_of_ours(results: Path) -> None:
    code = (
        "import sys, runpy; sys.argv = ['reports', sys.argv[1], '--junit', '-']\n"
        "try: runpy.run_module('reports', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "ours = {name.partition('.')[0] for name in sys.modules}\n"
        "sys.stderr.write(' '.join(ours & {'harness', 'scenarios', 'fault_injection'}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(results)], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.startswith("<?xml")
    assert done.stderr == ""
