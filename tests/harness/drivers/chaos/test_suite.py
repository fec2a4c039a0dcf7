"""Chaos runs on real sockets: the gateway itself stands for a target that is right, and for one that is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fault_injection.plan_file import read_plan
from harness.core.gateway.guard import State
from harness.core.load.chaos.outcome import Outcome
from harness.core.observed.redact import Redactor
from harness.drivers.chaos import Chaos, ChaosSettings
from harness.errors import HarnessError
from harness.shell.gateway.controller import Controller
from harness.shell.gateway.gateway import Gateway, GatewaySettings
from harness.shell.playing.lane import Lane
from harness.shell.target.ports import free_port
from reports.record import Verdict
from scenarios.prompt import Prompt
from tests.harness.shell.direct import direct_target

pytestmark = [pytest.mark.timeout(120), pytest.mark.usefixtures("untraced")]

PLAN = """
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 0.5

[[phase]]
name = "storm"
lasts_s = 1.5

[[rule]]
match = { surface = "ai.*", phase = "storm" }
fault = "%s"
"""


def settings(plan: str, **more: Any) -> ChaosSettings:  # noqa: ANN401 - any setting
    usual: dict[str, Any] = {"rate_per_s": 8.0, "steady_s": 1.0, "recovery_s": 4.0, "prompt": Prompt(tokens=4)}
    return ChaosSettings(
        seed=7, plan=read_plan(plan), run="r1", say=lambda _: None, redactor=Redactor(), **{**usual, **more}
    )


@asynccontextmanager
async def staging(tmp_path: Path) -> AsyncIterator[tuple[Lane, Gateway]]:
    """A lane whose target is the gateway in front of the lane's own mock."""
    port = free_port()
    async with Gateway(GatewaySettings(upstream=f"http://127.0.0.1:{port}", all_is_ours=True)) as gateway:
        lane = Lane(direct_target(), seed=7, logs=tmp_path, upstream_port=port, upstream_url=gateway.url)
        async with lane:
            yield lane, gateway


async def played(tmp_path: Path, asked: ChaosSettings) -> tuple[Outcome, Gateway]:
    async with staging(tmp_path) as (lane, gateway):
        found = await Chaos(lane=lane, controller=Controller(gateway.control_url), settings=asked).play()
        return found, gateway


def verdicts(found: Outcome) -> dict[str, Verdict]:
    return {part.felt.stretch.name: part.found.verdict for part in found.parts}


async def test_a_pipe_that_passes_on_what_upstream_sends_holds(tmp_path: Path) -> None:
    found, gateway = await played(tmp_path, settings(PLAN % "sse.truncate(after=1)"))

    assert verdicts(found) == {
        "steady state": Verdict.PASS,
        "healthy": Verdict.PASS,
        "storm": Verdict.PASS,
        "after the plan": Verdict.PASS,
    }
    storm = next(part.felt for part in found.parts if part.felt.stretch.name == "storm")
    assert storm.struck
    assert not any(each.is_right or each.is_wrong for each in found.answers if each.faults)
    assert found.section["recovered_after_s"] is not None
    assert gateway.experiment.state is State.TRANSPARENT


async def test_traffic_by_locust_is_judged_like_any_other(tmp_path: Path) -> None:
    found, gateway = await played(tmp_path, settings(PLAN % "sse.truncate(after=1)", generators=tmp_path))

    assert set(verdicts(found).values()) == {Verdict.PASS}, [part.found for part in found.parts]
    storm = next(part.felt for part in found.parts if part.felt.stretch.name == "storm")
    assert storm.struck
    assert any(each.faults for each in found.answers)
    assert not any(each.is_right or each.is_wrong for each in found.answers if each.faults)
    assert gateway.experiment.guard.run == "r1"


async def test_a_plan_whose_faults_match_nothing_is_inconclusive(tmp_path: Path) -> None:
    found, _ = await played(tmp_path, settings((PLAN % "tcp.reset").replace("ai.*", "kv.*")))

    assert verdicts(found)["storm"] is Verdict.INCONCLUSIVE
    assert next(part.found.cause for part in found.parts if part.felt.stretch.name == "storm").startswith(
        "fault-not-met"
    )


async def test_nothing_is_injected_where_the_steady_state_does_not_hold(tmp_path: Path) -> None:
    async with staging(tmp_path) as (lane, gateway):
        lane.server.set_plan(read_plan('[[rule]]\nfault = "http.status(code=503)"'))
        chaos = Chaos(
            lane=lane, controller=Controller(gateway.control_url), settings=settings(PLAN % "sse.truncate(after=1)")
        )
        found = await chaos.play()

    assert verdicts(found) == {"steady state": Verdict.INCONCLUSIVE}
    assert found.parts[0].found.cause.startswith("baseline-not-met")
    assert gateway.experiment.guard.requests == 0


async def test_a_dry_run_plays_the_steady_state_alone(tmp_path: Path) -> None:
    found, gateway = await played(tmp_path, settings(PLAN % "tcp.reset", injects=False))

    assert verdicts(found) == {"steady state": Verdict.PASS}
    assert gateway.experiment.guard.requests == 0


async def test_a_run_that_is_cancelled_reverts_first_and_tells_what_it_has(tmp_path: Path) -> None:
    async with staging(tmp_path) as (lane, gateway):
        long_plan = (PLAN % "sse.truncate(after=1)").replace("lasts_s = 1.5", "lasts_s = 50")
        chaos = Chaos(lane=lane, controller=Controller(gateway.control_url), settings=settings(long_plan))
        task = asyncio.get_running_loop().create_task(chaos.play())
        while not gateway.experiment.guard.struck.get("storm"):  # noqa: ASYNC110 - it raises no event
            await asyncio.sleep(0.05)
        task.cancel()
        found = await task

        assert gateway.experiment.state is State.TRANSPARENT
        assert verdicts(found)["storm"] is Verdict.INCONCLUSIVE
        assert found.section["stopped"] == "the run was stopped"


async def test_a_run_leaves_alone_what_another_one_has_begun(tmp_path: Path) -> None:
    async with staging(tmp_path) as (lane, gateway):
        controller = Controller(gateway.control_url)
        asked = settings(PLAN % "sse.truncate(after=1)")
        await controller.arm(asked.plan, run="r0", caps=asked.caps, by_nonce=True)
        with pytest.raises(HarnessError, match="is armed for r0"):
            await Chaos(lane=lane, controller=controller, settings=asked).play()
        await controller.revert("r1")

        assert gateway.experiment.state is State.ARMED
        assert gateway.experiment.guard.requests == 0


async def test_a_condition_that_is_met_takes_the_plan_away(tmp_path: Path) -> None:
    stop = '\n[[stop]]\nmetric = "error_rate"\nabove = 0.3\nover_s = 2\n'
    plan = (PLAN % "http.status(code=503)").replace("lasts_s = 1.5", "lasts_s = 50") + stop

    found, gateway = await played(tmp_path, settings(plan))

    assert gateway.experiment.state is State.TRANSPARENT
    assert "error_rate above 0.3" in found.section["stopped"]


async def test_a_gateway_ends_the_plan_of_a_controller_that_falls_silent(tmp_path: Path) -> None:
    async with staging(tmp_path) as (_, gateway):
        controller = Controller(gateway.control_url)
        asked = settings(PLAN % "tcp.reset")
        await controller.arm(asked.plan, run="r1", caps=asked.caps, by_nonce=True)
        assert gateway.experiment.state is State.ARMED
        gateway.experiment.guard.beat(gateway.experiment.guard._since_s - 100.0)

        assert (await controller.state())["state"] == "transparent"
