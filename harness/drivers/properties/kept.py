"""Failures that are kept: written once they have been confirmed, and played first from then on.

The one rule: a failure is told as one only when it was seen again, each time on a target that was started afresh. What
does not come again is told as what it is, and blamed on nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from harness.core.failures import Failure, Key, content_name, elements, failures_of
from harness.drivers.properties.ground import Ground
from harness.drivers.properties.settings import PropertySettings
from reports.record import CaseResult, Level, Verdict
from scenarios.case import Case
from scenarios.case_file import KeptCase, show_case

_TIMES: Final = 3
"""How often an example has to fail again."""
_WORST: Final = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.NON_STRICT, Level.OBSERVE: Verdict.INFO}


def confirmed(ground: Ground, key: Key, examples: list[Failure], settings: PropertySettings) -> CaseResult:
    """Play the smallest examples of a failure again, write the first that fails every time, and return what to tell.

    Raises:
        SearchEnd: somebody ends the run.
    """
    for example in examples:
        if all(_fails_again(ground, example.case, key) for _ in range(_TIMES)):
            return _told(example, settings)
    example = examples[0]
    return replace_findings(
        example.result,
        id=f"found.{key[0]}-{content_name(example.case)}",
        verdict=Verdict.INFO,
        level=Level.OBSERVE,
        title=f"Seen once and not again in {_TIMES} replays of {len(examples)} example(s): {key[0]}",
        saw=example.finding.message,
    )


def _fails_again(ground: Ground, case: Case, key: Key) -> bool:
    ground.start_afresh()  # as whoever replays it will meet the target: without what other cases left behind
    result = ground.play(case, to_the_end=True).result
    return any(failure.key[0] == key[0] for failure in failures_of(case, result))


def _told(example: Failure, settings: PropertySettings) -> CaseResult:
    invariant = example.finding.invariant
    name = f"{invariant}-{content_name(example.case)}"
    path = settings.folder / f"{name}.toml"
    settings.folder.mkdir(parents=True, exist_ok=True)
    kept = KeptCase(case=example.case, seed=settings.seed, invariant=invariant, seen=example.finding.message)
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


def replace_findings(result: CaseResult, **update: object) -> CaseResult:
    """Return a result that tells of its findings without holding them against the target."""
    lessened = tuple(finding.model_copy(update={"level": Level.OBSERVE}) for finding in result.findings)
    return result.model_copy(update={"findings": lessened, **update})


def plan_text(case: Case) -> str:
    """Say a plan in one line: what is asked, and what goes wrong in which exchange."""
    asked = ", ".join(f"{step.label} ({'stream' if step.stream else 'JSON'})" for step in case.steps)
    wrong = [*(" + ".join(map(str, rule.faults)) for rule in case.upstream)]
    wrong += [f"{step.label}: {fault}" for step in case.steps for fault in step.faults]
    return f"{asked}; {elements(case)} fault(s)" + (f": {'; '.join(wrong)}" if wrong else "")


def kept_results(ground: Ground, settings: PropertySettings) -> Iterator[CaseResult]:
    """Play every file that was kept, and yield whether it still fails.

    Raises:
        SearchEnd: somebody ends the run.
    """
    for path, kept in settings.kept:
        own = replace(ground, trials=replace(ground.trials, seed=kept.seed))
        result = own.play(kept.case, to_the_end=True).result
        update: dict[str, object] = {"replay": settings.replay(str(path)), "title": plan_text(kept.case)}
        still = list(failures_of(kept.case, result))
        if not still and result.verdict.judged:
            was = f" It was {kept.invariant}: {kept.seen}" if kept.invariant else ""
            update |= {"verdict": Verdict.PASS, "saw": f"fixed: it does not fail any more.{was}"}
        yield result.model_copy(update=update)
