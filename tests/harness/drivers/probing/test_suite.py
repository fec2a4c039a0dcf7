"""Experiments played on a real proxy with a limit of its own, and what becomes of those that it does not let go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from fault_injection.families.http import Status
from harness.core.observed.redact import Redactor
from harness.core.probing.experiments import EXPERIMENTS
from harness.core.probing.facts import Notes, State
from harness.core.probing.moves import Ask, one
from harness.core.probing.terms import Bounds, Terms
from harness.drivers import probing
from harness.drivers.probing import ProbeSettings
from harness.drivers.probing.prober import Prober
from harness.shell.playing.lane import Lane
from harness.shell.target.targets import load
from tests.targets.trial import HERE

pytestmark = pytest.mark.usefixtures("untraced")

LIMITED = HERE / "limited-reference.toml"


async def test_what_a_limit_interrupts_is_unknown_and_what_was_found_stands(tmp_path: Path) -> None:
    target = load(str(LIMITED))
    notes, said = Notes(), list[str]()
    assert target.capabilities.rate_limit is not None

    async with Lane(target, seed=7, logs=tmp_path) as lane:
        settings = ProbeSettings(
            seed=7,
            terms=Terms(bounds=Bounds(usual_s=2)),
            experiments=("rate", "sizes"),
            redactor=Redactor(lane.hidden),
            notes=notes,
            say=said.append,
            most_s=60,
        )
        await probing.run([lane], settings)

    facts = {fact.key: fact for fact in notes}
    assert facts["rate_limit.per_minute"].value == target.capabilities.rate_limit.per_minute
    assert facts["max_request_bytes"].value == 1_048_576
    assert facts["max_depth"].state is State.UNKNOWN
    assert "429, by a limit of its own" in facts["max_depth"].how
    assert {*EXPERIMENTS["rate"].keys, *EXPERIMENTS["sizes"].keys} <= {*facts}
    assert [line.partition(":")[0] for line in said] == ["rate", "sizes"]


async def test_an_experiment_that_has_no_time_says_so(tmp_path: Path) -> None:
    notes = Notes()
    async with Lane(load("reference"), seed=7, logs=tmp_path) as lane:
        settings = ProbeSettings(
            seed=7,
            terms=Terms(),
            experiments=("breaker",),
            redactor=Redactor(lane.hidden),
            notes=notes,
            say=lambda _: None,
            most_s=0.05,
        )
        await probing.run([lane], settings)

    fact = notes.get("circuit_breaker.failures")
    assert fact is not None
    assert (fact.state, fact.how) == (State.UNKNOWN, "there was no time for it within 0.05 s")


async def test_a_question_is_the_same_with_the_same_seed_and_fails_as_it_says(tmp_path: Path) -> None:
    async with Lane(load("reference"), seed=7, logs=tmp_path) as lane:
        prober = Prober(lane, seed=7, name="a")
        (clean,) = await prober.play(Ask(question="q"))
        (again,) = await prober.play(Ask(question="q"))
        (failed,) = await prober.play(Ask(question="r", upstream=(Status(code=503),)))
        several = await prober.play(Ask(question="s", together=3))
        bodies = [call.body for call in lane.server.journal.exchanges(surface="ai")]

    assert clean.answered
    assert len(clean.calls) == 1
    assert (again.answered, again.calls) == (True, ())  # it is kept, so the question was the same
    assert len(failed.asked) == 3
    assert failed.others == ("@cf/meta/llama-3.1-8b-instruct-fast",)
    assert len({each.begun_s for each in several}) == 3
    assert len(set(bodies)) == len(bodies) - 2  # three attempts at one question


def test_a_single_question_is_asked_once() -> None:
    asking = one(Ask(question="q"))

    assert next(asking) == Ask(question="q")
