"""Whole loads with Locust's own processes, mostly on the mock itself, which is right and quick."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import parse_all
from harness.core.load.objectives import UNDER_FAULTS, read_objectives
from harness.core.load.record import LoadPart
from harness.core.load.report import Generators, Orders
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers import load
from harness.drivers.load import LoadSettings
from harness.shell.load.fleet import Fleet, command, environment, scratch
from harness.shell.load.intake import Intake
from harness.shell.playing.lane import Lane
from harness.shell.target.targets import load as load_target
from reports.record import CaseResult, Verdict
from scenarios.load import LoadProfile
from scenarios.prompt import Prompt
from tests.harness.core.load.loads import BAR, job
from tests.harness.shell.direct import direct_target
from tests.targets.trial import HERE

pytestmark = [pytest.mark.timeout(120), pytest.mark.usefixtures("untraced")]

BRIEF = LoadProfile(
    users=6, duration_s=1.5, prompt=Prompt(tokens=6, pace_s=0.01, ascii=True), think_s=0.05, cancel=0.0, repeats=0.0
)
DYING = """\
import http.server, os, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        os._exit(7) if len(seen) > 3 else seen.append(1)
        body = b'{"choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
seen = []
import sys
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@dataclass
class Told:
    """What a load has told."""

    results: dict[str, CaseResult] = field(default_factory=dict)
    section: dict[str, Any] = field(default_factory=dict)
    asked: int = 0
    """AI calls that reached the mock while it was on."""

    @property
    def right(self) -> CaseResult:
        return self.results["load.right"]


TWO = Generators(processes=2)


@asynccontextmanager
async def playing(target: TargetFile, logs: Path, **more: Any) -> AsyncIterator[tuple[Lane, LoadSettings, Told]]:  # noqa: ANN401 - any field
    told = Told()

    def note(result: CaseResult) -> None:
        told.results[result.id] = result

    async with Lane(target, seed=3, logs=logs / "lane") as lane:
        known: dict[str, Any] = {"profile": BRIEF, "logs": logs, **more}
        yield (
            lane,
            LoadSettings(
                seed=3,
                redactor=Redactor(),
                on_result=note,
                on_section=told.section.update,
                say=lambda _: None,
                **known,
            ),
            told,
        )


async def played(logs: Path, target: TargetFile | None = None, **more: Any) -> Told:  # noqa: ANN401 - any field
    async with playing(target or direct_target(), logs, **more) as (lane, settings, told):
        await load.run(lane, settings)
        nonces = {record.nonce for record in lane.server.journal.records(surface="ai")}
        told.asked = len(nonces) - 1  # the clean request at the end
    return told


async def test_every_request_is_measured_judged_and_told(tmp_path: Path) -> None:
    told = await played(tmp_path)

    assert told.right.verdict is Verdict.PASS
    assert told.asked > BRIEF.users
    assert told.section["answers"] == told.section["right"] == told.asked
    assert told.section["complete"] is True
    assert {row["met"] for row in told.section["objectives"]} == {True}
    assert {row["samples"] for row in told.section["seconds"] if row["measure"] != "itl"} == {told.asked}
    assert told.section["tokens"] == 6 * told.asked


async def test_two_workers_and_a_master_tell_just_the_sum_of_their_parts_and_what_missed_objectives(
    tmp_path: Path,
) -> None:
    wanted = read_objectives("ttft_p95_s < 0.000001\ngoodput > 1", source="test")

    told = await played(tmp_path, generators=TWO, profile=replace(BRIEF, cancel=0.3), objectives=wanted)

    parts = told.section["generators"]
    whole = LoadPart.from_json(json.loads((tmp_path / "histograms.json").read_text()))
    assert [part["number"] for part in parts] == [0, 1]
    assert all(part["answers"] > 0 and part["whole"] and part["clock_s"] == 0 for part in parts)
    assert sum(part["answers"] for part in parts) == told.section["answers"] == told.asked
    assert sum(part["tokens"] for part in parts) == told.section["tokens"] == whole.counts["tokens"]
    assert sum(part["bytes"] for part in parts) == told.section["body_bytes"]
    assert sum(part["ttfts"] for part in parts) == told.section["seconds"][0]["samples"] == whole.samples("ttft")
    assert told.section["lost"] == told.section["unjudged"] == 0
    assert [row["met"] for row in told.section["objectives"]] in ([False, False], [None, None])  # None: a busy machine
    assert told.section["goodput_per_s"] == 0
    assert told.right.verdict is Verdict.PASS  # a missed objective fails no case


def _port(folder: Path) -> str:
    told = folder / "port"
    return told.read_text() if told.exists() else ""


def _worker(port: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command("worker", "127.0.0.1", port), env=environment())


async def test_workers_that_come_from_elsewhere_lose_nothing_either() -> None:
    with scratch() as folder:
        mine = replace(job(users=4, duration_s=1.0, think_s=0.05), patience_s=2.0)
        orders = Orders(job=mine, folder=Path(folder), workers=2)
        workers: list[subprocess.Popen[bytes]] = []
        async with Lane(direct_target(), seed=3, logs=Path(folder) / "lane") as lane:
            orders = replace(orders, job=replace(mine, url=lane.url, headers=lane.headers("a")))
            intake = Intake(orders.job, BAR, lane.server.journal)
            try:
                async with Fleet(orders, own_workers=0, leads=True, logs=Path(folder) / "logs") as fleet:
                    while not await fleet.ended(within_s=0.05):
                        intake.take(fleet.reports())
                        if not workers and (port := _port(Path(folder))):
                            workers = [_worker(port) for _ in range(2)]
                    intake.take(fleet.reports())
                    assert not fleet.failed, fleet.last_words()
                codes = [await asyncio.to_thread(worker.wait, 20) for worker in workers]
            finally:
                for worker in workers:
                    worker.kill()
            nonces = {record.nonce for record in lane.server.journal.records(surface="ai")}

    assert codes == [0, 0]
    assert intake.merged().counts["asked"] == len(nonces)
    assert all(report.final for report in intake.latest.values())


async def test_open_arrivals_come_whatever_becomes_of_those_before(tmp_path: Path) -> None:
    slow = replace(BRIEF, arrivals="poisson", rate_per_s=20.0, users=50, prompt=Prompt(tokens=3, first_s=0.5))

    told = await played(tmp_path, profile=slow)

    (generator,) = told.section["generators"]
    assert generator["due"] == generator["put"] == told.asked
    assert told.section["most_streams"] > 3


async def test_errors_under_a_plan_are_told_to_be_its_faults(tmp_path: Path) -> None:
    fault = parse_all("http.status(code=500)")
    plan = Plan(rules=(Rule(faults=fault, match=Match(surface="ai.*"), p=0.3),), seed=3)

    told = await played(tmp_path, plan=plan)

    (row,) = told.section["errors_seen"]
    assert (row["error"], row["made_by"], row["faults"]) == ("status 500", "an injected fault", str(fault[0]))
    assert 0 < told.section["errors"] == told.section["errors_by_faults"] == told.section["struck_by_faults"]
    assert told.section["own_error_rate"] == 0.0
    assert [row["objective"] for row in told.section["objectives"]] == list(map(str, UNDER_FAULTS))
    assert told.right.faults == (str(fault[0]),)
    assert told.right.verdict is Verdict.PASS


async def test_a_target_that_declines_by_a_limit_that_it_claims_is_alive(tmp_path: Path) -> None:
    more_at_once_than_it_allows_in_a_minute = replace(BRIEF, users=30)

    told = await played(
        tmp_path,
        load_target(str(HERE / "limited-reference.toml")),
        profile=more_at_once_than_it_allows_in_a_minute,
    )

    assert told.section["errors"] > 0
    assert [finding for finding in told.right.findings if finding.invariant == "alive-after"] == []


async def test_a_plan_that_never_strikes_shows_nothing(tmp_path: Path) -> None:
    plan = Plan(rules=(Rule(faults=parse_all("http.status(code=500)"), match=Match(surface="kv.*")),))

    told = await played(tmp_path, plan=plan)

    assert (told.right.verdict, told.right.cause) == (Verdict.INCONCLUSIVE, "no fault of the plan ever struck")


async def test_what_came_in_is_told_when_a_load_is_stopped(tmp_path: Path) -> None:
    async with playing(direct_target(), tmp_path, profile=replace(BRIEF, duration_s=600.0), generators=TWO) as (
        lane,
        settings,
        told,
    ):
        task = asyncio.create_task(load.run(lane, settings))
        begun = await lane.server.journal.wait_for(lambda seen: len(seen) > 20, 60.0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        children = psutil.Process().children(recursive=True)

    assert begun
    assert told.right.verdict is Verdict.INCONCLUSIVE
    assert told.right.cause == "the load was stopped before its end"
    assert told.section["answers"] > 0
    assert told.section["lost"] == 0
    assert all(part["whole"] for part in told.section["generators"])
    assert [child for child in children if "locustfile" in " ".join(child.cmdline())] == []


async def test_a_generator_that_dies_makes_a_load_inconclusive(tmp_path: Path) -> None:
    async with playing(direct_target(), tmp_path, generators=TWO, profile=replace(BRIEF, duration_s=5.0)) as (
        lane,
        settings,
        told,
    ):
        task = asyncio.create_task(load.run(lane, settings))
        await lane.server.journal.wait_for(lambda seen: len(seen) > 20, 60.0)
        workers = [child for child in psutil.Process().children(recursive=True) if "worker" in child.cmdline()]
        workers[0].kill()
        await task

    assert told.right.verdict is Verdict.INCONCLUSIVE
    assert any(words in told.right.cause for words in ("went silent", "lost", "ever reported"))


async def test_workers_that_do_not_come_are_told_of(tmp_path: Path) -> None:
    async def impatient(orders: Orders) -> str:
        async with Fleet(orders, own_workers=0, leads=True, logs=tmp_path) as fleet:
            assert await fleet.ended(within_s=60.0)
            assert fleet.failed
            return fleet.last_words()

    words = await impatient(Orders(job=job(), folder=tmp_path, workers=2, workers_within_s=0.1))

    assert words.endswith("0 of 2 workers came within 0.1 s")


async def test_a_target_that_dies_under_load_fails(tmp_path: Path) -> None:
    target = replace(
        direct_target(capabilities=replace(direct_target().capabilities, streaming=False)),
        name="dying",
        url="http://127.0.0.1:{port}",
        command=(sys.executable, "-c", DYING.replace("{", "{{").replace("}", "}}"), "{port}"),
    )

    told = await played(tmp_path, target)

    assert told.right.verdict is Verdict.FAIL
    messages = [finding.message for finding in told.right.findings if finding.invariant == "alive-after"]
    assert any("ended with exit code 7 under load" in message for message in messages)


async def test_what_a_target_adds_is_told_with_its_interval(tmp_path: Path) -> None:
    told = await played(tmp_path, overhead=True)

    case = told.results["load.overhead"]
    assert case.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)  # a machine may be too busy to tell
    assert case.saw.startswith("ttft ")
    assert [row["measure"] for row in told.section["overhead"]] == ["ttft", "e2e"]
    assert all(row["low_s"] <= row["added_s"] <= row["high_s"] for row in told.section["overhead"])
