"""`run --events`: what happens, as it happens, also when the run is stopped and when nobody reads."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.cli.outlets.events import EventLog
from harness.errors import UsageError
from reports import events
from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.process import PATIENCE_S, wait_for_line
from tests.harness.cli.process import edgeproof as start
from tests.reports.ci.located import located
from tests.reports.sample import case

pytestmark = pytest.mark.usefixtures("untraced")

FEW = "streaming.plain,json.extra-fields"
LONG = "streaming.long-and-slow,streaming.plain,json.extra-fields"
SCHEMA = Draft202012Validator(json.loads(events.text()))


def told(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for each in found:
        SCHEMA.validate(each)
    times = [each["at_s"] for each in found]
    assert times == sorted(times)
    return found


def test_a_run_tells_of_each_case_between_its_start_and_its_end(edgeproof: Edgeproof, tmp_path: Path) -> None:
    outcome = edgeproof("run", "--case", FEW, "--seed", "3", "--jobs", "1", "--events", "e.ndjson")

    found = told((tmp_path / "e.ndjson").read_text(encoding="utf-8"))
    assert (outcome.code, found[0]["event"], found[-1]["event"]) == (0, "start", "end")
    assert (found[0]["schema"], found[0]["seed"], found[0]["planned"]) == (events.SCHEMA, 3, 2)
    assert {each["id"] for each in found if each["event"] == "case"} == set(FEW.split(","))
    assert next(each["url"] for each in found if each["event"] == "target").startswith("http://127.0.0.1:")
    assert (found[-1]["verdict"], found[-1]["exit_code"], found[-1]["counts"]["pass"]) == ("pass", 0, 2)
    assert "Verdict PASS" in outcome.out
    target = json.loads((tmp_path / "edgeproof-report/results.json").read_text(encoding="utf-8"))["target"]
    assert (target["file"], target["lines"]) == ("", {})  # what comes with edgeproof has no file to point at


def test_a_run_that_is_stopped_tells_what_came_before_and_how_it_ended(tmp_path: Path) -> None:
    with start("run", "--case", LONG, "--jobs", "1", "--events", "e.ndjson", cwd=tmp_path) as child:
        wait_for_line(child, "1 of 3 cases")
        before = told((tmp_path / "e.ndjson").read_text(encoding="utf-8"))
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=PATIENCE_S)

    found = told((tmp_path / "e.ndjson").read_text(encoding="utf-8"))
    assert sum(each["event"] == "case" for each in before) == 1
    assert found[: len(before)] == before
    assert [each["signal"] for each in found if each["event"] == "stopping"] == ["SIGINT"]
    assert (found[-1]["event"], found[-1]["stopped"], found[-1]["exit_code"]) == ("end", "SIGINT", 3)


def test_a_dash_is_standard_output_instead_of_the_summary(edgeproof: Edgeproof) -> None:
    outcome = edgeproof("run", "--case", "streaming.plain", "--events", "-")

    assert outcome.code == 0
    assert told(outcome.out)[-1]["event"] == "end"


def test_a_reader_that_goes_away_ends_the_events_and_not_the_run(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with start("run", "--case", "streaming.plain", "--events", "-", cwd=tmp_path, stdout=writing) as child:
            _, err = child.communicate(timeout=PATIENCE_S)
    finally:
        os.close(writing)

    assert child.returncode == 0
    assert "Error" not in err
    assert (tmp_path / "edgeproof-report" / "results.json").exists()


def test_a_place_that_cannot_be_written_is_refused_before_anything_starts(edgeproof: Edgeproof, tmp_path: Path) -> None:
    refused = edgeproof("run", "--case", FEW, "--events", "no/such/folder/e.ndjson")
    both = edgeproof("run", "--case", FEW, "--events", "-", "--json")

    assert (refused.code, both.code) == (2, 2)
    assert refused.err.startswith("edgeproof: events cannot be written to no/such/folder/e.ndjson")
    assert "--events - and --json both want standard output" in both.err
    assert not (tmp_path / "edgeproof-report" / "results.json").exists()


class _Full(io.StringIO):
    """A file on a disk that is full."""

    def write(self, _: str) -> int:
        raise OSError(28, os.strerror(28))


def test_a_disk_that_is_full_is_told_once_and_no_reason_to_stop(capsys: pytest.CaptureFixture[str]) -> None:
    log = EventLog(_Full(), started_s=0.0)

    log.say("one")
    log.case(case("a.b"))
    log.end(located())

    assert capsys.readouterr().err == "no more events are written: No space left on device\n"


def test_plays_of_a_search_are_told_at_most_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    file, now = io.StringIO(), iter([10.0, 10.0, 10.1, 10.2, 11.5, 11.5, 11.5, 11.6])
    log = EventLog(file, started_s=9.0)
    monkeypatch.setattr("harness.cli.outlets.events.time.monotonic", lambda: next(now, 12.0))

    for _ in range(4):
        log.played()

    numbers = [each["played"] for each in told(file.getvalue())]
    assert numbers[0] == 1
    assert len(numbers) == 2


def test_no_file_is_no_events(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log = EventLog.open(None, started_s=0.0)

    log.begin_round()
    log.stopping("SIGTERM")
    log.end(located())

    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="events cannot be written"):
        EventLog.open(str(tmp_path), started_s=0.0)
