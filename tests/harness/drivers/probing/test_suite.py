"""Experiments played on a real proxy with a limit of its own, and what becomes of those that it does not let go on."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fault_injection.families.http import Status
from fault_injection.families.tcp import FinEarly
from harness.core.observed.redact import Redactor
from harness.core.probing.experiments import EXPERIMENTS
from harness.core.probing.facts import Notes, State
from harness.core.probing.moves import Ask, one
from harness.core.probing.terms import Bounds, Terms
from harness.core.target.file import TargetFile
from harness.drivers import probing
from harness.drivers.probing import ProbeSettings
from harness.drivers.probing.prober import Prober
from harness.shell.playing.lane import Lane
from harness.shell.target.targets import load
from tests.harness.shell.direct import direct_target
from tests.targets.trial import HERE

pytestmark = pytest.mark.usefixtures("untraced")

LIMITED = HERE / "limited-reference.toml"
FRAGILE = """
import asyncio, os, sys
from urllib.parse import urlsplit

async def serve(reader, writer):
    to_upstream = await asyncio.open_connection(upstream.hostname, upstream.port)
    async def up():
        while piece := await reader.read(65536):
            to_upstream[1].write(piece)
    asyncio.create_task(up())
    got = False
    while piece := await to_upstream[0].read(65536):
        got = True
        writer.write(piece)
    if not got:
        os._exit(1)
    writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

upstream = urlsplit(sys.argv[2])
asyncio.run(main())
"""
"""A proxy that waits for ever, also when its client has left, and whose process ends when upstream says nothing."""


def _fragile(folder: Path) -> TargetFile:
    path = folder / "fragile.py"
    path.write_text(FRAGILE, encoding="utf-8")
    command = (sys.executable, "-S", str(path), "{port}", "{upstream}")
    return replace(direct_target(), command=command, url="http://127.0.0.1:{port}")


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


async def test_a_target_that_an_earlier_question_kills_has_no_limit_of_its_own(tmp_path: Path) -> None:
    notes = Notes()

    async with Lane(_fragile(tmp_path), seed=7, logs=tmp_path) as lane:
        settings = ProbeSettings(
            seed=7,
            terms=Terms(bounds=Bounds(usual_s=1)),
            experiments=("first-byte",),
            redactor=Redactor(lane.hidden),
            notes=notes,
            say=lambda _: None,
            most_s=60,
        )
        await probing.run([lane], settings)
        deaths = lane.deaths

    facts = {fact.key: (fact.state, fact.how) for fact in notes}
    assert facts["first_byte_timeout_s"] == (State.BEYOND, "not within 1 s")
    assert facts["exchange_behind_silence_s"] == (State.BEYOND, "not within 1 s")
    assert deaths  # behind the question in JSON, and behind the stream


async def test_what_kills_a_target_is_told_from_a_limit(tmp_path: Path) -> None:

    async with Lane(_fragile(tmp_path), seed=7, logs=tmp_path) as lane:
        prober = Prober(lane, seed=7, name="a")
        (clean,) = await prober.play(Ask(question="q"))
        (killed,) = await prober.play(Ask(question="r", upstream=(FinEarly(),)))

    assert (clean.answered, clean.died) == (True, False)
    assert (killed.answered, killed.died) == (False, True)
