from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fault_injection.spec import parse_all
from harness.core.judging import verdict
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import CaseView
from harness.core.observed.history import History
from harness.core.observed.redact import Redactor
from harness.core.run.budget import Budget
from harness.core.target.claims import Cache, Capabilities
from harness.drivers import conformance
from harness.drivers.conformance import Conformance, suite
from harness.errors import HarnessError
from harness.shell.playing import trial
from harness.shell.playing.case_player import CasePlayer
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from harness.shell.target.targets import load
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case, Step, Upstream
from scenarios.index import select
from scenarios.prompt import Prompt
from tests.harness.drivers.conformance.playing import case, judge
from tests.harness.shell.direct import direct_target
from tests.targets.trial import wrong

pytestmark = pytest.mark.usefixtures("untraced")

FEW = select("streaming.plain,streaming.finish-*,json.extra-fields")


async def test_the_reference_proxy_passes(tmp_path: Path) -> None:
    found = await judge(FEW, load("reference"), tmp_path, lanes=2)

    assert {result.id: result.verdict for result in found.values()} == {one.id: Verdict.PASS for one in FEW}


async def test_a_lane_that_has_nothing_else_to_do_takes_over_a_shared_case_with_its_breaker_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Lane] = []

    async def note(lane: Lane) -> None:
        closed.append(lane)

    monkeypatch.setattr(Lane, "let_breaker_close", note)
    found = await judge([case(f"{number}") for number in range(9)], direct_target(), tmp_path, lanes=2)

    asked = [re.search(r"127\.0\.0\.1:\d+", result.curl) for result in found.values()]
    assert {result.verdict for result in found.values()} == {Verdict.PASS}
    assert len({at.group() for at in asked if at}) == 2
    assert len(set(closed)) == 1


async def test_a_wrong_proxy_fails_with_evidence_and_a_replay_line(tmp_path: Path) -> None:
    cut = select("endings.cut-between-events-cleanly")

    found = await judge(cut, wrong("always-done"), tmp_path)

    (result,) = found.values()
    assert result.verdict is Verdict.FAIL
    assert "no-laundering" in {finding.invariant for finding in result.findings}
    assert result.replay == "edgeproof replay endings.cut-between-events-cleanly --seed 7 --target t.toml"
    assert result.wire


async def test_what_is_not_claimed_is_not_applicable(tmp_path: Path) -> None:
    modest = direct_target(capabilities=Capabilities(streaming=False))

    found = await judge(select("streaming.plain"), modest, tmp_path)

    assert found["streaming.plain"].verdict is Verdict.NOT_APPLICABLE
    assert found["streaming.plain"].cause == "the target does not claim streaming"


async def test_a_fault_that_never_strikes_is_inconclusive(tmp_path: Path) -> None:
    never = case("never", upstream=(Upstream(faults=parse_all("sse.truncate(after=3)"), nth=9),))

    found = await judge([never], direct_target(), tmp_path)

    assert found["test.never"].verdict is Verdict.INCONCLUSIVE
    assert "never struck" in found["test.never"].cause


async def test_a_check_that_crashes_is_our_fault_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(view: CaseView) -> Iterator[Breach]:
        if view.asks[0].client.label == "bad":
            raise ZeroDivisionError("by nought")
        yield from ()

    monkeypatch.setattr(verdict, "ALL", {"crash": Invariant("crash", Level.MUST, crash)})

    found = await judge([case("one", Step(label="bad")), case("two")], direct_target(), tmp_path)

    assert found["test.one"].verdict is Verdict.HARNESS_ERROR
    assert "ZeroDivisionError: by nought" in found["test.one"].cause
    assert found["test.two"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("error", "expected"),
    [(RuntimeError("lost the thread"), Verdict.HARNESS_ERROR), (HarnessError("no disk"), Verdict.INCONCLUSIVE)],
)
async def test_a_player_that_breaks_is_not_held_against_the_target(
    error: Exception, expected: Verdict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(_: CasePlayer, __: Case, *, asks_after: bool) -> History:
        raise error

    monkeypatch.setattr(CasePlayer, "play", play)

    found = await judge([case("one")], direct_target(), tmp_path)

    assert found["test.one"].verdict is expected
    assert str(error) in found["test.one"].cause
    assert found["test.one"].replay


async def test_a_result_that_cannot_be_put_together_is_our_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> CaseResult:
        raise IndexError("one too far")

    monkeypatch.setattr(trial, "case_result", fail)

    found = await judge([case("one")], direct_target(), tmp_path)

    assert found["test.one"].verdict is Verdict.HARNESS_ERROR
    assert found["test.one"].cause == "the harness failed while waiting for the verdict: IndexError: one too far"


async def test_a_case_without_end_says_what_it_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "_CASE_PATIENCE_S", 0.3)

    found = await judge([case("late", Step(label="slow", prompt=Prompt(first_s=30.0)))], direct_target(), tmp_path)

    assert found["test.late"].verdict is Verdict.INCONCLUSIVE
    assert found["test.late"].cause == "gave up after 0.3 s of waiting for step slow"


async def test_a_case_has_the_time_that_it_has_to_wait_by_its_targets_claims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "_CASE_PATIENCE_S", 2.5)
    keeping = direct_target(capabilities=Capabilities(streaming=True, cache=Cache(ttl_s=3.0)))

    found = await judge([case("late", Step(label="kept", pause="cache-ttl"))], keeping, tmp_path)

    assert found["test.late"].verdict is Verdict.PASS


async def test_a_target_that_dies_in_a_case_fails_it_and_the_next_case_has_a_new_one(tmp_path: Path) -> None:
    reference = load("reference")
    pids: set[int] = set()

    class Killed(Lane):
        def headers(self, identity: Any, dialect: str = "") -> Any:  # noqa: ANN401 - as it is
            if not pids and self.pid is not None:
                pids.add(self.pid)
                os.kill(self.pid, signal.SIGKILL)
            return super().headers(identity, dialect)

    results: list[CaseResult] = []
    async with Killed(reference, seed=7, logs=tmp_path) as lane:
        settings = Conformance(seed=7, target_spec="t", redactor=Redactor(lane.hidden), on_result=results.append)
        await conformance.run([case("one", alone=True), case("two", alone=True)], [lane], settings)

    one, two = results
    assert one.verdict is Verdict.FAIL
    assert (
        "the target was lost (its process was ended by SIGKILL) in the course of this case; played alone, it is not"
        in {finding.message for finding in one.findings}
    )
    assert two.verdict is Verdict.PASS


async def test_a_fresh_case_and_a_restart_step_get_a_new_process(tmp_path: Path) -> None:
    pids: list[int | None] = []
    cases = [
        case("a-plain", alone=True),
        case("b-fresh", fresh=True),
        case("c-restart", Step(), Step(label="again", restart=True)),
    ]

    for one in cases:
        async with Lane(load("reference"), seed=7, logs=tmp_path) as lane:
            before = lane.pid
            await conformance.run(
                [one], [lane], Conformance(seed=7, target_spec="t", redactor=Redactor(), on_result=lambda _: None)
            )
            pids.append(None if lane.pid == before else lane.pid)

    assert pids[0] is None
    assert None not in pids[1:]


async def test_every_case_is_judged_once_however_many_lanes_there_are(tmp_path: Path) -> None:
    cases = [case(f"n{number}", alone=number % 2 == 0) for number in range(20)]

    found = await judge(cases, direct_target(), tmp_path, lanes=3)

    assert set(found) == {one.id for one in cases}
    assert {result.verdict for result in found.values()} == {Verdict.PASS}


async def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    faults = [
        case(f"f{number}", upstream=(Upstream(faults=parse_all(spec)),), level="observe")
        for number, spec in enumerate(("sse.truncate(after=2)", "tcp.slice(size_bytes=5)", "tcp.corrupt_bytes"))
    ]

    def essence(results: dict[str, CaseResult]) -> object:
        return {
            name: (result.verdict, result.faults, [row.preview for row in result.wire if row.kind == "fault"])
            for name, result in results.items()
        }

    once, again = [await judge(faults, direct_target(), tmp_path, seed=11, lanes=2) for _ in range(2)]

    assert essence(once) == essence(again)
    nonces = [{part for part in result.curl.split() if "ep-" in part} for result in once.values()]
    assert nonces == [{part for part in result.curl.split() if "ep-" in part} for result in again.values()]


@pytest.mark.parametrize(("late", "expected", "nonces"), [(1, Verdict.PASS, 2), (9, Verdict.INCONCLUSIVE, 3)])
async def test_what_went_wrong_while_the_harness_stood_still_is_played_again(
    late: int, expected: Verdict, nonces: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    play = CasePlayer.play

    async def stumble(player: CasePlayer, some: Case, *, asks_after: bool) -> History:
        history = await play(player, some, asks_after=asks_after)
        asked.add(history.upstreams[0].nonce)
        if len(asked) <= late:
            time.sleep(0.4)  # noqa: ASYNC251 - standing still is what is tested
            return replace(history, clients=(), upstreams=())
        return history

    monkeypatch.setattr(CasePlayer, "play", stumble)

    found = await judge([case("one")], direct_target(), tmp_path)

    assert found["test.one"].verdict is expected
    assert len(asked) == nonces
    assert ("itself was late" in found["test.one"].cause) is (expected is Verdict.INCONCLUSIVE)


async def test_a_case_whose_fault_struck_nothing_at_first_is_played_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    play = CasePlayer.play

    async def meet_a_closing_connection(player: CasePlayer, some: Case, *, asks_after: bool) -> History:
        history = await play(player, some, asks_after=asks_after)
        asked.append(history.upstreams[0].nonce)
        return replace(history, upstreams=()) if len(asked) == 1 else history

    monkeypatch.setattr(CasePlayer, "play", meet_a_closing_connection)
    slow = case("slow", upstream=(Upstream(faults=parse_all("tcp.slice(size_bytes=50)")),))

    found = await judge([slow], direct_target(), tmp_path)

    assert found["test.slow"].verdict is Verdict.PASS
    assert len(set(asked)) == 2


@pytest.mark.parametrize(
    ("broken", "expected", "attempts"),
    [
        (["cancel-propagates", ""], Verdict.PASS, 2),
        (["cancel-propagates", "cancel-propagates"], Verdict.FAIL, 2),
        (["no-leak", "not-buffered", "no-leak"], Verdict.FAIL, 3),
        (["no-leak", "not-buffered", "cancel-propagates"], Verdict.INCONCLUSIVE, 3),
        (["no-loss"], Verdict.FAIL, 1),
        (["no-leak", "no-loss"], Verdict.FAIL, 2),
    ],
)
async def test_what_only_took_too_long_counts_once_it_is_seen_again(
    broken: list[str], expected: Verdict, attempts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[int] = []
    once = Trials.once

    async def breaking(trials: Trials, some: Case, lane: Lane, *, attempt: int) -> Tried:
        tried = await once(trials, some, lane, attempt=attempt)
        played.append(attempt)
        name = broken[attempt - 1]
        if not name:
            return tried
        finding = Finding(invariant=name, level=Level.MUST, message="request: broken")
        return replace(tried, result=tried.result.model_copy(update={"verdict": Verdict.FAIL, "findings": (finding,)}))

    monkeypatch.setattr(Trials, "once", breaking)

    found = await judge([case("one")], direct_target(), tmp_path)

    assert found["test.one"].verdict is expected
    assert played == [*range(1, attempts + 1)]
    assert ("only in the last of" in found["test.one"].cause) is (expected is Verdict.INCONCLUSIVE)


async def test_a_run_that_is_cancelled_keeps_what_was_judged(tmp_path: Path) -> None:
    found: list[CaseResult] = []
    quick = [case("quick")]
    endless = replace(case("endless", Step(pause="cache-ttl")), alone=True)
    target = direct_target(capabilities=Capabilities(streaming=True, cache=Cache(ttl_s=3600)))
    judged = asyncio.Event()

    def take(result: CaseResult) -> None:
        found.append(result)
        judged.set()

    async with Lane(target, seed=7, logs=tmp_path) as lane:
        settings = Conformance(seed=7, target_spec="t", redactor=Redactor(), on_result=take)
        task = asyncio.create_task(conformance.run([*quick, endless], [lane], settings))
        await judged.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert [result.id for result in found] == ["test.quick"]


async def test_when_the_time_is_over_what_was_judged_stays_and_the_rest_is_left_out(tmp_path: Path) -> None:
    found: dict[str, CaseResult] = {}
    target = direct_target(capabilities=Capabilities(streaming=True, cache=Cache(ttl_s=3600)))
    budget = Budget(total_s=2.0, begun_s=time.monotonic(), owner="conformance")
    async with Lane(target, seed=7, logs=tmp_path) as lane:
        settings = Conformance(
            seed=7,
            target_spec="t",
            redactor=Redactor(),
            on_result=lambda result: found.update({result.id: result}),
            budget=budget,
        )
        endless = replace(case("endless", Step(pause="cache-ttl")), alone=True)
        await conformance.run([case("quick"), endless], [lane], settings)

    assert found["test.quick"].verdict is Verdict.PASS
    assert (found["test.endless"].verdict, found["test.endless"].cause) == (Verdict.INCONCLUSIVE, budget.cause)


async def test_a_case_that_would_wait_too_long_for_a_claim_is_not_begun(tmp_path: Path) -> None:
    found: list[CaseResult] = []
    target = direct_target(capabilities=Capabilities(streaming=True, cache=Cache(ttl_s=3600)))
    async with Lane(target, seed=7, logs=tmp_path) as lane:
        settings = Conformance(
            seed=7, target_spec="t", redactor=Redactor(), on_result=found.append, longest_wait_s=20.0
        )
        await conformance.run([case("late", Step(pause="cache-ttl"))], [lane], settings)

    assert [result.verdict for result in found] == [Verdict.NOT_APPLICABLE]
    assert "3600 s for the claimed cache.ttl_s" in found[0].cause
