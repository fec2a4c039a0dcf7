"""Failures that are kept: written once they have been confirmed, and played first from then on.

The one rule: a failure is told as one only when it was seen again, on a target that was started afresh each time. What
comes again but now and then says so, and is played so often that it shows; what does not is blamed on nobody. What
fails by the chance that events come in one read is told with a plan that joins them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from harness.core.judging.failures import Failure, Key, content_name, elements, failures_of
from harness.core.judging.simpler import variants
from harness.core.judging.split import apart, is_by_chance, together
from harness.drivers.properties.ground import Ground
from harness.drivers.properties.settings import PropertySettings
from harness.shell.playing.kept_files import called
from reports.overview import amount
from reports.record import CaseResult, Level, Verdict
from scenarios.case import Case
from scenarios.case_file import PLAYS, KeptCase, show_case

_ALIVE: Final = "alive-after"
"""What only the request after a case shows."""
_SHRINK_S: Final = 10.0
"""How long a failure is made smaller than the search had made it."""
_SHRINK_SHARE: Final = 0.25
"""Of what time is left; the rest is for others."""
_TIMES: Final = 4
"""How often an example is played again."""
_DEAR_S: Final = 5.0
_ENOUGH: Final = 2
"""How often it has to fail then."""
_TIMES_APART: Final = 2
_PLAYS_OF_A_RACE: Final = 12
"""So many plays show a failure of every other time all but once in 4,000 replays."""
_WORST: Final = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.NON_STRICT, Level.OBSERVE: Verdict.INFO}


def confirmed(ground: Ground, key: Key, examples: list[Failure], settings: PropertySettings) -> CaseResult:
    """Play the smallest examples of a failure again, write the first that fails every time, and return what to tell.

    Where none does, the first that mostly fails is written as one that needs several plays.

    Raises:
        SearchEnd: somebody ends the run.
    """
    at_times: Failure | None = None
    for example in (_made_small(ground, examples[0], key), *examples):
        again = _times_again(ground, example, key)
        if again >= _ENOUGH:
            joined = _joined(ground, example, key)
            if joined is not None:
                return _told(joined, settings)
            if again == _TIMES:
                return _told(example, settings)
            at_times = at_times or example
    if at_times is not None:
        told = _told(at_times, settings, plays=_PLAYS_OF_A_RACE)
        return told.model_copy(
            update={"title": f"{told.title}; not every time, but in {_ENOUGH} of {_TIMES} replays or more"}
        )
    title = f"Seen once but not again in {_TIMES} replays of {amount(len(examples), 'example')}: {key[0]}"
    return _lessened(examples[0], title)


def _times_again(ground: Ground, example: Failure, key: Key) -> int:
    """Return how often a case fails again, without plays that cannot make it enough any more."""
    again = missed = 0
    while again + missed < _TIMES and missed <= _TIMES - _ENOUGH:
        started_s = time.monotonic()
        if _again(ground, example, example.case, key) is not None:
            again += 1
            if time.monotonic() - started_s > _DEAR_S:
                return _TIMES  # what nobody has ended for so long is no matter of chance
        else:
            missed += 1
    return again


def _joined(ground: Ground, example: Failure, key: Key) -> Failure | None:
    """Return the example with every answer in one read, where it fails because events came together by chance.

    How often they do depends on how busy the machine is; a file that left it to chance might pass on another one. On a
    busy one even events that are sent apart may come together, so that a failure of those is looked at twice.
    """
    if _hangs(example) or not is_by_chance(example.case):
        return None
    if all(_again(ground, example, apart(example.case), key) for _ in range(_TIMES_APART)):
        return None
    joined = _again(ground, example, together(example.case), key)
    return joined if joined is not None and _times_again(ground, joined, key) == _TIMES else None


def unconfirmed(example: Failure, settings: PropertySettings) -> CaseResult:
    """Write a failure that nobody could play again any more, because the time was over, and return what to tell."""
    told = _told(example, settings)
    return _lessened(example, f"Found, but not confirmed because time ran out: {example.key[0]}").model_copy(
        update={"replay": told.replay}
    )


def _lessened(example: Failure, title: str) -> CaseResult:
    """Return a result that tells of a failure without holding it against the target."""
    findings = tuple(finding.model_copy(update={"level": Level.OBSERVE}) for finding in example.result.findings)
    return example.result.model_copy(
        update={
            "id": f"found.{example.key[0]}-{content_name(example.case)}",
            "verdict": Verdict.INFO,
            "level": Level.OBSERVE,
            "title": title,
            "saw": example.finding.message,
            "findings": findings,
        }
    )


def _made_small(ground: Ground, example: Failure, key: Key) -> Failure:
    """Drop what the failure does not need, for as long as there is time; a search may have had too little of it."""
    now_s = time.monotonic()
    until_s = now_s + min(_SHRINK_S, (ground.last_s - now_s) * _SHRINK_SHARE)
    simpler = True
    while simpler and time.monotonic() < until_s:
        simpler = False
        for variant in variants(example.case, example.label):
            if time.monotonic() > until_s:
                break
            smaller = _again(ground, example, variant, key)
            if smaller is not None and smaller.size < example.size:
                example, simpler = smaller, True
                break
    return example


def _again(ground: Ground, example: Failure, case: Case, key: Key) -> Failure | None:
    """Play a case, the example or one like it, and return its failure of the same invariant, if it has one.

    A target that the example leaves without a word is not asked again whether it answers: that takes its time each
    time. Any other is, because a good answer behind each play keeps the failures of two plays apart.
    """
    ground.start_afresh()  # as whoever replays it will meet the target: without what other cases left behind
    result = ground.play(case, to_the_end=True, asks_after=key[0] == _ALIVE or not _hangs(example)).result
    return next((failure for failure in failures_of(case, result) if failure.key[0] == key[0]), None)


def _hangs(example: Failure) -> bool:
    return any(finding.invariant == _ALIVE for finding in example.result.findings)


def _told(example: Failure, settings: PropertySettings, *, plays: int = PLAYS) -> CaseResult:
    invariant = example.finding.invariant
    name = f"{invariant}-{content_name(example.case)}"
    path = settings.folder / f"{name}.toml"
    settings.folder.mkdir(parents=True, exist_ok=True)
    kept = KeptCase(
        case=example.case, seed=settings.seed, invariant=invariant, seen=example.finding.message, plays=plays
    )
    path.write_text(show_case(kept), encoding="utf-8")
    return example.result.model_copy(
        update={
            "id": f"found.{name}",
            "title": plan_text(example.case),
            "level": example.finding.level,
            "verdict": _WORST[example.finding.level],
            "findings": (example.finding,),
            "replay": settings.replay(str(path)),
        }
    )


def plan_text(case: Case) -> str:
    """Say a plan in one line: what is asked, and what goes wrong in which exchange."""
    asked = ", ".join(f"{step.label} ({'stream' if step.stream else 'JSON'})" for step in case.steps)
    wrong = [*(" + ".join(map(str, rule.faults)) for rule in case.upstream)]
    wrong += [f"{step.label}: {fault}" for step in case.steps for fault in step.faults]
    return f"{asked}; {amount(elements(case), 'fault')}" + (f": {'; '.join(wrong)}" if wrong else "")


def kept_results(ground: Ground, settings: PropertySettings) -> Iterator[CaseResult]:
    """Play every file that was kept, and yield whether it still fails.

    Raises:
        SearchEnd: somebody ends the run.
    """
    for path, kept in settings.kept:
        own = replace(ground, trials=replace(ground.trials, seed=kept.seed))
        result = until_it_fails(own, kept.case, plays=kept.plays)
        update: dict[str, object] = {
            "id": called(path, kept),
            "replay": settings.replay(str(path)),
            "title": plan_text(kept.case),
        }
        still = list(failures_of(kept.case, result))
        if not still and result.verdict.judged:
            was = f" It was {kept.invariant}: {kept.seen}" if kept.invariant else ""
            update |= {"verdict": Verdict.PASS, "saw": f"fixed: it no longer fails.{was}"}
        yield result.model_copy(update=update)


def until_it_fails(ground: Ground, case: Case, *, plays: int) -> CaseResult:
    """Play a case until it does not pass, at most so often, each time but the first on a target started afresh.

    Raises:
        SearchEnd: somebody ends the run.
    """
    result = ground.play(case, to_the_end=True).result
    for _ in range(plays - 1):
        if result.verdict is not Verdict.PASS:
            break
        ground.start_afresh()
        result = ground.play(case, to_the_end=True).result
    return result
