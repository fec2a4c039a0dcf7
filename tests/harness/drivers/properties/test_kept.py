"""A failure is told when it comes again, kept as a file, and told as fixed when it does not fail any more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

import pytest

from fault_injection.families import sse_ends
from harness.core.judging.failures import Failure, elements, failures_of
from harness.core.judging.resilience import reach_of
from harness.core.judging.split import together
from harness.drivers.properties.kept import _joined, confirmed, kept_results, plan_text, until_it_fails
from harness.shell.loop import run
from harness.shell.playing.kept_files import kept_in, read_kept
from harness.shell.playing.trial import Tried
from harness.shell.target.targets import load
from harness.shell.watching.punctual import punctually
from reports.record import CaseResult, Level, Verdict
from scenarios.case import Case, Step, Upstream
from scenarios.case_file import PLAYS, KeptCase, found_case, show_case
from scenarios.prompt import Prompt
from scenarios.searching.openings import openings
from tests.harness.drivers.properties.grounds import SEED, broken, ground, played, settings
from tests.targets.trial import right, wrong

CUT = found_case(
    "search.0123456789", [Step()], [Upstream(faults=(sse_ends.Truncate(after=2, end="clean"),), must_strike=False)]
)


class Sometimes:
    """A ground on which a failure comes again in some plays only: F for one that fails, P for one that does not."""

    last_s = inf

    def __init__(self, failed: Tried, passed: Tried, plays: str) -> None:
        self.afresh = 0
        self.asked_after: list[bool] = []
        self._of = {"F": failed, "P": passed}
        self._plays = iter(plays)

    def play(self, case: Case, *, to_the_end: bool = False, asks_after: bool = True) -> Tried:
        self.asked_after.append(asks_after)
        return self._of[next(self._plays, "P")]

    def start_afresh(self) -> None:
        self.afresh += 1


@dataclass(frozen=True, slots=True)
class Seen:
    """A failure that a real target showed, and a play of each kind from which any turn of events can be made."""

    found: Failure
    failed: Tried
    passed: Tried

    def again(self, plays: str) -> Sometimes:
        return Sometimes(self.failed, self.passed, plays)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What is judged here, played once for all."""

    async def once() -> Seen:
        with punctually():  # each test is, but what a module shares is made before
            async with ground(wrong("always-done"), tmp_path_factory.mktemp("seen")) as on:
                return Seen(
                    found=await broken(on, CUT, "no-laundering"),
                    failed=await played(on, CUT),
                    passed=await played(on, found_case("search.right", CUT.steps)),
                )

    return run(once())


async def test_a_failure_that_comes_again_is_written_with_a_line_to_replay_it(tmp_path: Path) -> None:
    results: list[CaseResult] = []
    target = wrong("always-done")
    own = settings(target, tmp_path, results, target_spec="my.toml")
    async with ground(target, tmp_path) as on:
        found = await broken(on, CUT, "no-laundering")

        told = await asyncio.to_thread(confirmed, on, found.key, [found], own)

    ((path, kept),) = kept_in(tmp_path / "regressions")
    assert told.verdict is Verdict.FAIL
    assert told.id == f"found.{path.stem}"
    assert told.replay == f"edgeproof replay {path} --target my.toml"
    assert [finding.invariant for finding in told.findings] == ["no-laundering"]
    assert (kept.invariant, kept.seed, kept.case.steps) == ("no-laundering", SEED, CUT.steps)


async def test_a_failure_that_does_not_come_again_is_held_against_nobody(seen: Seen, tmp_path: Path) -> None:
    target = load(str(right("parser")))
    own = settings(target, tmp_path, [])
    async with ground(target, tmp_path / "right") as on:
        told = await asyncio.to_thread(confirmed, on, seen.found.key, [seen.found], own)

    assert told.verdict is Verdict.INFO
    assert {finding.level for finding in told.findings} == {Level.OBSERVE}
    assert "not again in 4 replays" in told.title
    assert not (tmp_path / "regressions").exists()


@pytest.mark.acceptance
async def test_what_failed_in_one_play_does_not_excuse_the_next(tmp_path: Path) -> None:
    target = wrong("stays-on-fallback")
    (case,) = [case for case in openings(reach_of(target)) if case.id == "pairs.one-model-down"]
    async with ground(target, tmp_path) as on:
        tried = await played(on, case)
        (found,) = [each for each in failures_of(case, tried.result) if each.key[0] == "fallback-not-sticky"]
        told = await asyncio.to_thread(confirmed, on, found.key, [found], settings(target, tmp_path, []))

    assert told.verdict is Verdict.FAIL
    assert "not every time" not in told.title


@pytest.mark.parametrize(
    ("plays", "verdict", "kept_plays"),
    [("FFFF", Verdict.FAIL, PLAYS), ("FPPF", Verdict.FAIL, 12), ("FPP", Verdict.INFO, None)],
)
def test_what_comes_again_but_not_every_time_is_kept_with_more_plays(
    plays: str, verdict: Verdict, kept_plays: int | None, seen: Seen, tmp_path: Path
) -> None:
    own = settings(wrong("always-done"), tmp_path, [])

    told = confirmed(seen.again(plays), seen.found.key, [seen.found], own)  # type: ignore[arg-type]  # plays as a ground does

    assert told.verdict is verdict
    assert [kept.plays for _, kept in kept_in(tmp_path / "regressions")] == ([] if kept_plays is None else [kept_plays])
    assert ("not every time" in told.title) is (kept_plays == 12)


@pytest.mark.parametrize(
    ("plays", "faults"),
    [
        ("FFFF" + "P" + "F" + "FFFF", ["sse.truncate(after=2, end=clean)", "tcp.coalesce"]),
        ("FPFP" + "P" + "F" + "FFFF", ["sse.truncate(after=2, end=clean)", "tcp.coalesce"]),
        ("FFFF" + "FP" + "F" + "FFFF", ["sse.truncate(after=2, end=clean)", "tcp.coalesce"]),
        ("FFFF" + "FF", ["sse.truncate(after=2, end=clean)"]),
        ("FFFF" + "P" + "P", ["sse.truncate(after=2, end=clean)"]),
        ("FFFF" + "P" + "F" + "FPFF", ["sse.truncate(after=2, end=clean)"]),
    ],
    ids=["only-joined", "at-times-but-joined", "once-apart", "apart-as-well", "neither-way", "joined-at-times"],
)
def test_what_fails_by_the_chance_of_one_read_is_kept_with_a_plan_that_joins(
    plays: str, faults: list[str], seen: Seen, tmp_path: Path
) -> None:
    own = settings(wrong("always-done"), tmp_path, [])

    confirmed(seen.again(plays), seen.found.key, [seen.found], own)  # type: ignore[arg-type]  # plays as a ground does

    ((_, kept),) = kept_in(tmp_path / "regressions")
    assert [str(fault) for rule in kept.case.upstream for fault in rule.faults] == faults
    assert kept.plays == PLAYS


async def test_a_race_that_a_joining_plan_decides_fails_every_time(tmp_path: Path) -> None:
    target = wrong("first-event-only")
    plain = found_case("search.0000000000", [Step(prompt=Prompt(tokens=3))])
    async with ground(target, tmp_path) as on:
        joined = await played(on, together(plain))
        example = next(each for each in failures_of(plain, joined.result) if each.key[0] == "no-loss")

        told = await asyncio.to_thread(_joined, on, example, example.key)

    assert told is not None
    assert elements(told.case) == 1


@pytest.mark.parametrize(
    ("broken", "key", "asked"),
    [
        (("no-laundering",), "no-laundering", True),
        (("no-laundering", "alive-after"), "no-laundering", False),
        (("alive-after",), "alive-after", True),
    ],
)
def test_a_target_that_hangs_is_asked_whether_it_answers_only_where_that_is_the_failure(
    broken: tuple[str, ...], key: str, asked: bool, seen: Seen, tmp_path: Path
) -> None:
    now_and_then, found = seen.again("PPP"), seen.found
    findings = tuple(found.finding.model_copy(update={"invariant": invariant}) for invariant in broken)
    example = replace(found, result=found.result.model_copy(update={"findings": findings}))

    confirmed(now_and_then, (key, ""), [example], settings(wrong("always-done"), tmp_path, []))  # type: ignore[arg-type]  # plays as a ground does

    assert set(now_and_then.asked_after) == {asked}


@pytest.mark.parametrize(("plays", "verdict"), [("PPF", Verdict.FAIL), ("PPPF", Verdict.PASS)])
def test_a_replay_is_played_until_it_fails_as_often_as_is_said(plays: str, verdict: Verdict, seen: Seen) -> None:
    now_and_then = seen.again(plays)

    result = until_it_fails(now_and_then, CUT, plays=3)  # type: ignore[arg-type]  # plays as a ground does

    assert result.verdict is verdict
    assert now_and_then.afresh == 2


@pytest.mark.parametrize(
    ("name", "verdict", "saw"),
    [("always-done", Verdict.FAIL, "200 stream"), ("", Verdict.PASS, "fixed: it no longer fails. It was no-la")],
)
async def test_what_was_kept_is_played_again(name: str, verdict: Verdict, saw: str, tmp_path: Path) -> None:
    target = wrong(name) if name else load(str(right("parser")))
    kept = KeptCase(case=CUT, seed=3, invariant="no-laundering", seen="it looked whole")
    own = settings(target, tmp_path, [], kept=((Path("a.toml"), kept),))
    async with ground(target, tmp_path) as on:
        (result,) = await asyncio.to_thread(lambda: list(kept_results(on, own)))

    assert result.verdict is verdict
    assert saw in result.saw
    assert result.id == CUT.id
    assert "replay a.toml" in result.replay


def test_a_plan_is_told_in_one_line() -> None:
    assert plan_text(CUT) == "ask (stream); 1 fault: sse.truncate(after=2, end=clean)"
    assert plan_text(found_case("a.b", [replace(CUT.steps[0], stream=False)])) == "ask (JSON); 0 faults"


def test_a_file_that_was_kept_can_be_read_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(show_case(KeptCase(case=CUT, seed=3)))

    assert read_kept(path).case == CUT
