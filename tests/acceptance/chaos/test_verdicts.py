"""What chaos runs say of a correct proxy and of one that launders cut streams, and how a page shows it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fault_injection.plans.presets import PRESETS
from tests.acceptance.chaos.runs import PATIENCE_S, TARGET, chaos, plan
from tests.harness.cli.process import COMMAND

pytestmark = [pytest.mark.acceptance, pytest.mark.alone, pytest.mark.timeout(300)]

REPLAYS = 10
_AT_ONCE = 2
"""Most of a run is waiting, so two of them leave a machine of two cores punctual."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A chaos run that is over: where, with which exit code, its record, and what it said."""

    folder: Path
    code: int
    record: dict[str, Any]
    said: str


SHORTER_S = {"healthy": 2, "brownout": 9, "outage": 4, "recovery": 5}
"""The phases of the preset, in less than half its time: who watches a dashboard needs the whole, and no test does."""


def _reference(folder: Path) -> tuple[str, ...]:
    text, phases = PRESETS["brownout"], re.compile(r'(name = "(\w+)"\nlasts_s = )\d+')
    (folder / "brownout.toml").write_text(phases.sub(lambda phase: f"{phase[1]}{SHORTER_S[phase[2]]}", text))
    return ("--plan", "brownout.toml")


def _launders(folder: Path) -> tuple[str, ...]:
    (folder / "target.toml").write_text(TARGET)
    return ("--target", "target.toml", "--plan", plan(folder, fault="sse.truncate(after=4) + tcp.latency"))


def _refused(folder: Path) -> tuple[str, ...]:
    return ("--plan", plan(folder, fault="http.status(code=503)"))


RUNS: Mapping[str, Callable[[Path], tuple[str, ...]]] = {
    "reference": _reference,
    "launders": _launders,
    "refused": _refused,
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Ran]:
    """All of the runs, played side by side."""

    def one(name: str) -> Ran:
        folder = tmp_path_factory.mktemp(name)
        return Ran(folder, *chaos(folder, *RUNS[name](folder)))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(RUNS, pool.map(one, RUNS), strict=True))


def test_the_reference_proxy_comes_through_a_brownout(ran: Mapping[str, Ran]) -> None:
    of = ran["reference"]
    record = of.record

    assert of.code == 0, of.said
    assert record["verdict"] in ("pass", "info")  # what it tells besides is no breach
    phases = {row["name"]: row for row in record["chaos"]["phases"]}
    assert phases["brownout"]["struck"] > 0
    assert phases["outage"]["struck"] > 0
    assert record["chaos"]["recovered_after_s"] is not None
    events = (of.folder / "out" / "logs" / "chaos" / "chaos-events.jsonl").read_text()
    assert record["chaos"]["plan_sha256"] in events


def test_a_proxy_that_launders_cut_streams_fails_and_its_plan_is_made_small(ran: Mapping[str, Ran]) -> None:
    of = ran["launders"]
    record = of.record

    assert of.code == 1, of.said
    storm = next(case for case in record["cases"] if case["id"] == "chaos.storm")
    assert [finding["invariant"] for finding in storm["findings"]][:1] == ["no-laundering"]
    small = record["chaos"]["smallest"]
    assert (small["invariant"], small["faults"]) == ("no-laundering", "sse.truncate(after=4)")
    assert small["replay"] in of.said
    again = small["replay"].split()[1:]

    def replayed(number: int) -> int:
        command = [*COMMAND, *again, "--out", f"again{number}"]
        return subprocess.run(command, cwd=of.folder, capture_output=True, timeout=PATIENCE_S).returncode

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        assert list(pool.map(replayed, range(REPLAYS))) == [1] * REPLAYS


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no browser")
def test_the_page_shows_the_run_on_one_axis(ran: Mapping[str, Ran]) -> None:
    folder = ran["refused"].folder
    browser = shutil.which("chromium") or "chromium"
    shown = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", str(folder / "out" / "index.html")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, "HOME": str(folder)},
    ).stdout

    assert re.search(r'<g class="band v-pass injects">', shown)
    assert shown.count('<rect class="struck"') > 0
