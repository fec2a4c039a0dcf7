"""`--format`: the forms that CI and other tools read, made by a run and from a record."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from reports.ci import FORMATS
from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.running.test_run import wrong_target
from tests.reports.ci.located import located
from tests.reports.ci.schemas import har_validator, sarif_validator
from tests.reports.sample import case, record


@pytest.mark.usefixtures("untraced")
def test_a_run_of_a_wrong_proxy_writes_every_form_and_each_points_at_the_target_file(
    edgeproof: Edgeproof, tmp_path: Path
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    target = wrong_target(tmp_path / "sub")

    outcome = edgeproof(
        "run", str(target), "--case", "endings.cut-between-events-cleanly", "--seed", "3", "--format", ",".join(FORMATS)
    )  # fmt: skip

    folder = tmp_path / "edgeproof-report"
    sarif = json.loads((folder / "results.sarif").read_text(encoding="utf-8"))
    archive = json.loads((folder / "failures.har").read_text(encoding="utf-8"))
    sarif_validator().validate(sarif)
    har_validator().validate(archive)
    (place, *_) = [each["locations"][0]["physicalLocation"] for each in sarif["runs"][0]["results"]]
    line = place["region"]["startLine"]
    assert outcome.code == 1
    assert place["artifactLocation"]["uri"] == "sub/wrong.toml"
    assert target.read_text(encoding="utf-8").splitlines()[line - 1] == "streaming = true"
    assert f"::error file=sub/wrong.toml,line={line}," in (folder / "annotations.txt").read_text(encoding="utf-8")
    assert {entry["_lane"] for entry in archive["log"]["entries"]} == {"client", "upstream"}
    assert any("data: [DONE]" in entry["response"]["content"]["text"] for entry in archive["log"]["entries"])
    assert "verdict=fail\n" in (folder / "outcome.env").read_text(encoding="utf-8")
    fields = [
        field["value"]
        for entry in archive["log"]["entries"]
        for field in entry["request"]["headers"]
        if field["name"].lower() == "authorization"
    ]
    assert {*fields} == {"[redacted]"}


def test_a_record_is_printed_in_a_form_and_exits_as_its_run(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(located().to_json())

    printed = edgeproof("report", "r.json", "--format", "annotations")
    page = edgeproof("report", "r.json", "--format", "junit")

    assert printed.code == page.code == 1
    assert printed.out.startswith("::error file=proxies/my proxy.toml,line=12,")
    assert page.out.startswith("<?xml")


def test_with_a_folder_the_forms_are_written_beside_the_reports(edgeproof: Edgeproof, tmp_path: Path) -> None:
    over_time = {"window_s": 1.0, "streams": [1, 2]}
    (tmp_path / "r.json").write_text(record([case("a.b")], load={"over_time": over_time}, coverage={}).to_json())

    outcome = edgeproof("report", "r.json", "--out", "again", "--format", "csv,badge")

    rows = list(csv.DictReader((tmp_path / "again/load.csv").read_text(encoding="utf-8").splitlines()))
    assert outcome.code == 0
    assert "Verdict PASS" in outcome.out
    assert [row["streams"] for row in rows] == ["1", "2"]
    assert (tmp_path / "again/load.csv").read_bytes().count(b"\r\n") == 3
    assert json.loads((tmp_path / "again/badge.json").read_text(encoding="utf-8"))["message"] == "pass, 1 case"
    assert not (tmp_path / "again/results.sarif").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--format", "sarf"), "no format is called 'sarf' did you mean sarif?"),
        (("load", "--format", "xyz"), "no format is called 'xyz' there are: sarif, annotations, har, csv, badge, env"),
        (("merge", "r.json", "--format", "junit"), "no format is called 'junit'"),
        (("report", "r.json", "--format", "sarif,har"), "names 2 forms, and one can be printed name one"),
        (("report", "r.json", "--format", "sarif", "--json"), "--format and --json both want standard output"),
        (("report", "r.json", "--format", ","), "names 0 forms"),
    ],
)
def test_a_form_that_cannot_be_had_is_refused(
    edgeproof: Edgeproof, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "r.json").write_text(located().to_json())

    outcome = edgeproof(*arguments)

    assert outcome.code == 2
    assert said in " ".join(outcome.err.split())
    assert outcome.out == ""
