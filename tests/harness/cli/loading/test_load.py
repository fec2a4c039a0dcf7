"""`edgeproof load` from end to end: what it says, what it writes and how it exits."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.process import PATIENCE_S, descendants, wait_for_line
from tests.harness.cli.process import edgeproof as start

pytestmark = pytest.mark.timeout(120)

QUICKLY = ("--users", "4", "--duration", "1s", "--tokens", "6", "--pace-s", "0.01", "--think-s", "0.05", "--seed", "3")
PLAN = '[[rule]]\nfault = "sse.truncate(after=2)"\nmatch = {surface = "ai.*"}\np = 0.3\n'
OWN = """\
[target]
name = "own"
url = "http://127.0.0.1:9"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
"""
KEPT = "error_rate < 0.5\ngoodput > 0.1\n"


def record(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "out" / "results.json").read_text())
    return loaded


def test_a_right_proxy_that_keeps_its_objectives_gives_0_and_every_report(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "slo").write_text(KEPT)

    outcome = edgeproof("load", *QUICKLY, "--objectives", "slo", "--out", "out", "--events", "e.ndjson")

    found = record(tmp_path)
    assert outcome.code == 0, outcome.err
    events = [json.loads(line) for line in (tmp_path / "e.ndjson").read_text(encoding="utf-8").splitlines()]
    assert (events[0]["suites"], events[-1]["event"], events[-1]["exit_code"]) == (["load"], "end", 0)
    assert [case["id"] for case in found["cases"]] == ["load.right"]
    assert found["load"]["answers"] > 4
    assert found["cases"][0]["replay"] == f"edgeproof load {' '.join(QUICKLY[:-2])} --objectives slo --seed 3"
    assert "goodput > 0.1" in outcome.out
    assert "ttft" in (tmp_path / "out" / "index.html").read_text()
    assert "load.right" not in (tmp_path / "out" / "summary.md").read_text()
    assert "goodput" in (tmp_path / "out" / "summary.md").read_text()


def test_a_chat_load_writes_its_events_as_well(edgeproof: Edgeproof, tmp_path: Path) -> None:
    started = 'url = "http://127.0.0.1:{port}"\ncommand = ["sh", "-c", "exit 7", "{port}"]'
    (tmp_path / "ends.toml").write_text(OWN.replace('url = "http://127.0.0.1:9"', started))

    outcome = edgeproof("load", "--profile", "chat", "--target", "ends.toml", "--events", "e.ndjson")

    events = [json.loads(line) for line in (tmp_path / "e.ndjson").read_text(encoding="utf-8").splitlines()]
    assert outcome.code == 3
    assert (events[0]["event"], events[0]["suites"], events[-1]["event"]) == ("start", ["load"], "end")
    assert "with exit code 7" in events[-1]["error"]


@pytest.mark.usefixtures("one_untraced")
def test_a_missed_objective_gives_4(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "slo").write_text("error_rate >= 0.5 # held against a proxy however busy the machine is\n")

    outcome = edgeproof("load", *QUICKLY, "--objectives", "slo", "--out", "out", "--json")

    assert outcome.code == 4
    assert json.loads(outcome.out)["load"]["objectives"] == [
        {"objective": "error_rate >= 0.5", "measured": 0.0, "met": False}
    ]


@pytest.mark.usefixtures("one_untraced")
def test_faults_of_a_plan_are_in_force_and_explain_their_errors(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "slo").write_text(KEPT.replace("0.5", "0.99"))
    (tmp_path / "plan.toml").write_text(
        '[[rule]]\nfault = "sse.truncate(after=2)"\nmatch = {surface = "ai.*"}\np = 0.3'
    )

    outcome = edgeproof("load", *QUICKLY, "--plan", "plan.toml", "--objectives", "slo", "--out", "out")

    found = record(tmp_path)["load"]
    assert outcome.code == 0, outcome.err
    assert found["struck_by_faults"] > 0
    assert found["errors"] == found["errors_by_faults"] > 0


@pytest.mark.usefixtures("one_untraced")
def test_a_load_that_is_stopped_leaves_a_report_and_no_process(tmp_path: Path) -> None:
    with start("load", "--users", "4", "--duration", "10m", "--out", "out", cwd=tmp_path) as child:
        wait_for_line(child, "closed arrivals")
        family: list[psutil.Process] = []
        while not any("locustfile" in " ".join(each.cmdline()) for each in family):
            family = descendants(child.pid)
        os.kill(child.pid, signal.SIGINT)
        child.communicate(timeout=PATIENCE_S)
        gone, alive = psutil.wait_procs(family, timeout=PATIENCE_S)

    (case,) = record(tmp_path)["cases"]
    assert child.returncode == 3
    assert (case["verdict"], case["suite"]) == ("inconclusive", "load")
    assert "stopped" in case["cause"]
    assert gone
    assert alive == []


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        (("--duration", "fast"), "--duration 'fast' is not a time"),
        (("--duration", "0s"), "is not between 0.5 s and 24 h"),
        (("--duration", "99h"), "is not between 0.5 s and 24 h"),
        (("--shape", "wave"), "'wave' is not one of"),
        (("--arrivals", "often"), "'often' is not one of"),
        (("--objectives", "none.txt"), "the objectives none.txt cannot be read"),
        (("--objectives", "bad.txt"), "bad.txt, line 1: nothing is called 'ttft_p95'"),
        (("--objectives", "empty.txt"), "empty.txt holds no objective"),
        (("--plan", "none.toml"), "the plan none.toml cannot be read"),
        (("--plan", "bad.txt"), "bad.txt cannot be used as a plan"),
        (("--rate", "5"), "--rate needs open arrivals"),
        (("--worker",), "--worker needs a master"),
        (("--worker", "--master"), "cannot be combined"),
        (("--master-host", "there"), "--master-host is for a worker"),
        (("--master", "--processes", "2"), "cannot be combined"),
        (("--users", "0"), "--users"),
        (("--cancel", "1.5"), "--cancel"),
        (("--target", "nope"), "there is no target 'nope'"),
        (("--profile", "talk"), "'talk' is not one of"),
        (("--database", "sqlite"), "--database is for a chat service"),
        (("--profile", "chat", "--database", "mysql"), "there is no database called 'mysql'"),
        (("--profile", "chat", "--database", ""), "there is no database called ''"),
        (("--profile", "chat", "--shape", "ramp"), "--shape is not for --profile chat"),
        (("--profile", "chat", "--users", "5000"), "a chat load has 1000 streams at the most"),
        (("--profile", "chat", "--duration", "1h"), "lasts 300 s at the most"),
        (
            ("--profile", "chat", "--target", "own.toml", "--upstream-port", "9", "--database", "sqlite"),
            "--database is for the embedded service",
        ),
    ],
)
def test_a_mistake_is_one_clear_line_before_anything_starts(
    edgeproof: Edgeproof, tmp_path: Path, words: tuple[str, ...], saying: str
) -> None:
    (tmp_path / "bad.txt").write_text("ttft_p95 < 1\n")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    (tmp_path / "own.toml").write_text(OWN)

    outcome = edgeproof("load", *words)

    assert outcome.code == 2
    assert saying in outcome.err
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "edgeproof-load").exists()
