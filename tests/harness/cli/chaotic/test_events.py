"""`chaos --events`: what happens in a chaos run, as it happens, in the form that every other run has."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.harness.cli.chaotic.test_chaos import STAGING
from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.outlets.test_events import told
from tests.harness.cli.process import PATIENCE_S, wait_for_line
from tests.harness.cli.process import edgeproof as start

pytestmark = pytest.mark.usefixtures("untraced")

PLAN = """
ttl_s = 1.0
[[rule]]
fault = "http.status(code=503)"
"""
QUICK = ("--steady-s", "1", "--recovery-s", "1", "--rate", "5", "--seed", "3")


@pytest.mark.acceptance
def test_a_run_tells_of_each_part_between_its_start_and_its_end(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)

    outcome = edgeproof("chaos", "--plan", "plan.toml", *QUICK, "--events", "-")

    found = told(outcome.out)
    record = json.loads((tmp_path / "edgeproof-chaos" / "results.json").read_text(encoding="utf-8"))
    cases = [each for each in found if each["event"] == "case"]
    said = [each["text"] for each in found if each["event"] == "said"]
    assert [each["event"] for each in found[:3]] == ["start", "round", "target"]
    assert (found[0]["profile"], found[0]["suites"], found[0]["seed"]) == ("chaos", ["chaos"], 3)
    assert [each["id"] for each in cases] == [each["id"] for each in record["cases"]]
    assert found[0]["planned"] == 3  # a target that is not steady on a busy machine is judged by that alone
    assert any(each.startswith("chaos: steady state") for each in said)
    assert (found[-1]["event"], found[-1]["verdict"]) == ("end", record["verdict"])
    assert found[-1]["exit_code"] == outcome.code


def test_what_cannot_be_played_says_why_at_its_end(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "staging.toml").write_text(STAGING % "http://127.0.0.1:9")

    done = edgeproof(
        "chaos", "--target", "staging.toml", "--gateway", "http://127.0.0.1:9", "--events", "events.ndjson"
    )

    found = told((tmp_path / "events.ndjson").read_text(encoding="utf-8"))
    assert done.code == found[-1]["exit_code"] == 3
    assert (found[0]["event"], found[-1]["event"]) == ("start", "end")
    assert "the gateway at http://127.0.0.1:9 does not answer" in found[-1]["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--events", "no/such/folder/e.ndjson"), "events cannot be written to no/such/folder/e.ndjson"),
        (("--events", "-", "--json"), "--events - and --json both want standard output"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_anything_starts(
    edgeproof: Edgeproof, arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    refused = edgeproof("chaos", *arguments)

    assert (refused.code, refused.out) == (2, "")
    assert words in refused.err
    assert "Traceback" not in refused.err
    assert not (tmp_path / "edgeproof-chaos" / "results.json").exists()


@pytest.mark.acceptance
def test_a_run_that_is_stopped_tells_so_and_how_it_ended(tmp_path: Path) -> None:
    with start("chaos", "--steady-s", "60", "--rate", "5", "--events", "e.ndjson", cwd=tmp_path) as child:
        wait_for_line(child, "chaos: steady state")
        before = told((tmp_path / "e.ndjson").read_text(encoding="utf-8"))
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=PATIENCE_S)

    found = told((tmp_path / "e.ndjson").read_text(encoding="utf-8"))
    assert before[-1]["text"].startswith("chaos: steady state")
    assert found[: len(before)] == before
    assert [each["signal"] for each in found if each["event"] == "stopping"] == ["SIGINT"]
    assert (found[-1]["event"], found[-1]["stopped"], found[-1]["exit_code"]) == ("end", "SIGINT", 3)
