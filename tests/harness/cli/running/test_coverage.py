"""`edgeproof run --cov` from end to end: what of the target was run, and the gate on it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cli.running import run
from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from tests.harness.cli.conftest import Edgeproof
from tests.targets.trial import HERE

FEW = "streaming.plain,json.extra-fields"
SMALL = str(HERE / "plain" / "aiohttp.toml")
"""A target of one file, whose coverage is soon told."""


def coverage(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results.json").read_text())["coverage"]["target"]
    return found


@pytest.mark.usefixtures("one_unmeasured")
def test_a_missed_gate_decides_when_everything_else_held(edgeproof: Edgeproof, tmp_path: Path) -> None:
    outcome = edgeproof("run", "--case", FEW, "--seed", "3", "--jobs", "1", "--out", "out", "--cov-fail-under", "99.9")

    found = coverage(tmp_path / "out")
    assert (outcome.code, found["met"]) == (4, False)
    assert 30 < found["percent"] < 99
    assert any(file["path"].endswith("reference_proxy/http/relay.py") for file in found["files"])
    assert "/reference_proxy/" in outcome.out
    assert (tmp_path / "out" / "coverage" / "coverage.xml").exists()


def test_a_gate_that_is_met_lets_a_run_pass(edgeproof: Edgeproof, tmp_path: Path) -> None:
    outcome = edgeproof("run", SMALL, "--case", "json.extra-fields", "--out", "out", "--cov-fail-under", "30")

    found = coverage(tmp_path / "out")
    assert (outcome.code, found["met"]) == (0, True)
    assert [Path(file["path"]).name for file in found["files"]] == ["aiohttp_proxy.py"]


def test_a_target_that_is_neither_python_nor_node_leaves_the_gate_undecided(
    edgeproof: Edgeproof, tmp_path: Path
) -> None:
    edgeproof("init", "mine.toml")
    text = (tmp_path / "mine.toml").read_text()
    lonely = text.replace('["{python}", "{here}/proxy.py"', '["{python}", "-I", "-m", "harness.reference_proxy"')
    (tmp_path / "mine.toml").write_text(lonely)

    outcome = edgeproof(
        "run", "-t", "mine.toml", "--case", "json.extra-fields", "--cov-fail-under", "1", "--out", "out"
    )

    assert (outcome.code, coverage(tmp_path / "out")["percent"]) == (3, None)


def test_a_target_that_runs_already_cannot_be_measured(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "there.toml").write_text(
        '[target]\nname = "there"\nurl = "http://127.0.0.1:9"\n[chat]\ndialect = "openai"\npath = "/v1"\nmodel = "m"\n'
    )

    outcome = edgeproof("run", "-t", "there.toml", "--cov", "--upstream-port", "1")

    assert outcome.code == 2
    assert "it is already running" in outcome.err
    assert "omit --cov" in outcome.err


def test_the_leak_suite_alone_measures_none_and_says_so(edgeproof: Edgeproof) -> None:
    outcome = edgeproof("run", "--suite", "leaks", "--cov-fail-under", "80")

    assert outcome.code == 2
    assert "the leak suite alone measures no coverage" in outcome.err
    assert "add another suite" in outcome.err


def test_the_suites_that_play_a_worker_as_it_is_measure_none_and_say_so(
    edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_a_worker(spec: str, **_: object) -> TargetFile:
        return replace(load(spec), worker="wrangler.jsonc")

    monkeypatch.setattr(run, "loaded", of_a_worker)

    outcome = edgeproof("run", "--suite", "load,leaks", "--cov")

    assert outcome.code == 2
    assert "the leak suite and the load suite alone measure no coverage" in outcome.err
    assert "what its process holds and how fast it is" in outcome.err
