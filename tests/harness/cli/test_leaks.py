"""`edgeproof leaks` from end to end: what it says, what it writes and how it exits."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.process import PATIENCE_S, wait_for_line
from tests.harness.cli.process import edgeproof as start

QUICKLY = ("--rounds", "10", "--requests", "4", "--seed", "3", "--out", "out")


def record(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "out" / "results.json").read_text())
    return loaded


@pytest.mark.acceptance
@pytest.mark.timeout(120)
def test_a_right_proxy_gives_0_and_curves_of_what_it_holds(edgeproof: Edgeproof, tmp_path: Path) -> None:
    outcome = edgeproof("leaks", "--only", "cut", *QUICKLY, "--events", "e.ndjson")

    events = [json.loads(line) for line in (tmp_path / "e.ndjson").read_text(encoding="utf-8").splitlines()]
    assert (events[0]["suites"], events[-1]["event"], events[-1]["exit_code"]) == (["leaks"], "end", outcome.code)
    assert outcome.code in (0, 3)  # so few requests may be too few to tell
    found = record(tmp_path)
    assert [case["id"] for case in found["cases"]] == ["leaks.cut"]
    samples = found["leaks"]["scenarios"]["cut"]["samples"]
    assert samples["requests"][:11] == [4 * number for number in range(11)]  # what grows by chance is watched longer
    assert {len(values) for values in samples.values()} == {len(samples["requests"])}
    assert "leaks.cut" in outcome.out
    assert "leaks.scenarios.cut.samples" not in outcome.out


@pytest.mark.acceptance
@pytest.mark.timeout(120)
def test_what_was_not_played_when_it_is_stopped_is_inconclusive(tmp_path: Path) -> None:
    with start("leaks", "--only", "clean,cut", "--rounds", "500", "--out", "out", cwd=tmp_path) as child:
        wait_for_line(child, "rounds of")
        os.kill(child.pid, signal.SIGINT)
        child.communicate(timeout=PATIENCE_S)

    assert child.returncode == 3
    found = record(tmp_path)
    assert {case["id"]: case["verdict"] for case in found["cases"]} == {
        "leaks.clean": "inconclusive",
        "leaks.cut": "inconclusive",
    }
    assert {case["suite"] for case in found["cases"]} == {"leaks"}
    assert "stopped by SIGINT" in found["cases"][0]["cause"]


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        (("--only", "nonsense"), "no leak scenario matches 'nonsense'"),
        (("--profile", "nonsense"), "there is no profile called 'nonsense'"),
        (("--rounds", "1"), "--rounds"),
        (("--target", "there.toml"), "cannot be measured"),
    ],
)
def test_a_mistake_is_told_before_anything_starts(
    edgeproof: Edgeproof, tmp_path: Path, words: tuple[str, ...], saying: str
) -> None:
    (tmp_path / "there.toml").write_text(
        '[target]\nname = "there"\nurl = "http://127.0.0.1:9"\n[chat]\ndialect = "openai"\npath = "/v1"\nmodel = "m"\n'
    )

    outcome = edgeproof("leaks", *words)

    assert outcome.code == 2
    assert saying in outcome.err
    assert not (tmp_path / "edgeproof-leaks").exists()
