"""The suites of a run by name, and the run that plays them one after the other.

The one rule: a suite is the settings that a session gives its driver, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from harness.cli.running.session import REGRESSIONS
from harness.cli.running.stage import Stage, Suite
from harness.core.judging.needs import SECOND_IDENTITY, missing_claim
from harness.core.observed.redact import Redactor
from harness.core.target.inspected import inspected
from harness.drivers import conformance
from harness.drivers.conformance import Conformance
from harness.shell.playing.lane import Lane
from harness.shell.watching.agent_client import agent_env, agent_folder
from harness.shell.watching.punctual import punctually
from scenarios.load import ELSEWHERE, PROFILES

_PROPERTY_LANES: Final = 8
"""Most of the time of most cases is spent waiting."""
_LEAK_LANES: Final = 3
"""More would only make the samples noisy."""


async def play(stage: Stage) -> None:
    """Play every suite of the session, in the order in which they are asked for."""
    session = stage.session
    if any(missing_claim(case, session.target) == SECOND_IDENTITY for case in session.cases):
        name = session.target.name
        stage.say(
            f"{name}: cases with two callers are skipped, because no header in chat.headers holds {{client_token}}"
        )
    try:
        for number in range(1, session.repeat + 1):
            stage.begin(number)
            for at, suite in enumerate(session.suites, start=1):
                with punctually():  # what the suite before has left is collected at its beginning
                    await stage.play(suite, SUITES[suite], behind=session.suites[at:])
    finally:
        if session.resilience_fail_under is not None:
            gate = session.resilience_fail_under or None
            met = stage.resilience.part() if session.shard else stage.resilience.section(fail_under=gate)
            stage.sections["coverage"] = {**stage.sections.get("coverage", {}), "resilience": met}


async def _conformance(stage: Stage) -> None:
    session = stage.session
    disturbing = sum(case.disturbs for case in session.cases)
    async with stage.lanes("conformance", 1 + disturbing, target=stage.measured) as lanes:
        settings = Conformance(
            seed=session.seed,
            target_spec=session.target_spec,
            target_options=session.target_options,
            redactor=_redactor(lanes),
            on_result=stage.on_result,
            on_view=stage.resilience.add,
            budget=stage.budgets["conformance"],
            longest_wait_s=session.amount.longest_wait_s,
            stalls=stage.stalls,
        )
        await conformance.run(session.cases, lanes, settings)


# What follows is imported by the suite that needs it: Hypothesis and others would hold up every run that has none.


async def _properties(stage: Stage) -> None:
    from harness.drivers import properties
    from harness.drivers.properties import PropertySettings

    session = stage.session
    most = _PROPERTY_LANES if session.explores else 1
    async with stage.lanes("properties", most, target=stage.measured) as lanes:
        settings = PropertySettings(
            seed=session.seed,
            profile=session.profile,
            target_spec=session.target_spec,
            target_options=session.target_options,
            redactor=_redactor(lanes),
            on_result=stage.on_result,
            say=stage.say,
            coverage=stage.resilience,
            folder=session.out / REGRESSIONS,
            kept=session.kept,
            explores=session.explores,
            budget=stage.budgets["properties"],
            stalls=stage.stalls,
            on_played=stage.on_played,
        )
        stage.stalls.watches = False  # a search has no minute to spend on one exchange
        stage.sections["properties"] = settings.section
        await properties.run(lanes, settings)


async def _leaks(stage: Stage) -> None:
    from harness.drivers import leaks
    from harness.drivers.leaks import LeakSettings

    session, plan = stage.session, stage.session.leaks
    with agent_folder() as agents:
        most, target = min(_LEAK_LANES, len(plan.scenarios)), inspected(session.target)
        async with stage.lanes("leaks", most, watch=agent_env(agents), target=target) as lanes:
            settings = LeakSettings(
                seed=session.seed,
                target_spec=session.target_spec,
                target_options=session.target_options,
                redactor=_redactor(lanes),
                on_result=stage.on_result,
                say=stage.say,
                profile=session.profile,
                agents=agents,
                scenarios=plan.scenarios,
                rounds=plan.rounds,
                requests=plan.requests,
                budget=stage.budgets["leaks"],
            )
            stage.sections["leaks"] = await leaks.run(lanes, settings)


async def _load(stage: Stage) -> None:
    if stage.session.load.chat is not None:
        from harness.cli.loading.chat_stage import play_chat

        await play_chat(stage, stage.session.load.chat)
        return
    from harness.drivers import load
    from harness.drivers.load import LoadSettings

    session, plan = stage.session, stage.session.load
    profile = plan.profile
    if profile is None:
        usual = PROFILES[session.profile] if session.target.on_loopback else ELSEWHERE
        profile = usual.fitted(session.target.limits.patience_s)
    async with stage.lanes("load", 1) as lanes:
        settings = LoadSettings(
            seed=session.seed,
            profile=profile,
            again=session.load_again,
            redactor=_redactor(lanes),
            on_result=stage.on_result,
            on_section=lambda section: stage.sections.update(load=section),
            on_sample=stage.on_sample,
            say=stage.say,
            logs=session.out / "logs" / "load",
            objectives=plan.objectives,
            plan=plan.plan,
            overhead=plan.overhead,
            generators=plan.generators,
            budget=stage.budgets["load"],
        )
        await load.run(lanes[0], settings)


def _redactor(lanes: list[Lane]) -> Redactor:
    return Redactor([secret for lane in lanes for secret in lane.hidden])


SUITES: Final[Mapping[str, Suite]] = MappingProxyType(
    {"conformance": _conformance, "properties": _properties, "leaks": _leaks, "load": _load}
)
"""Every suite by its name, in the order in which a run plays them."""
