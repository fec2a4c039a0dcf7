"""Simpler cases than one that fails: what shrinking tries when there is no search to do it.

The one rule: a variant is smaller by `Failure.size`, and nothing is promised of it but that; whether it still fails has
to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fault_injection.client import PLAIN_MANNER
from harness.core.judging.failures import content_name
from scenarios.case import Case, Pause, Step, Upstream
from scenarios.case_file import found_case


def variants(case: Case, label: str | None) -> Iterator[Case]:
    """Yield simpler variants of a case whose failure is about the step of that label, if any, the boldest first."""
    if label is not None and len(case.steps) > 1:
        yield alone(case, label)
    for dropped in reversed(case.steps):
        if dropped.label != label and len(case.steps) > 1:
            yield _made(case, [step for step in case.steps if step is not dropped], case.upstream)
    for rule in case.upstream if len(case.upstream) > 1 else ():
        yield _made(case, case.steps, [other for other in case.upstream if other is not rule])
    for step in case.steps:
        plainer = _plainer(step)
        if plainer != step:
            yield _made(case, [plainer if each is step else each for each in case.steps], case.upstream)


def alone(case: Case, label: str) -> Case:
    """Return what one step needs of a case: the steps with its question, and the rules about that."""
    question = next(step.question for step in case.steps if step.label == label)
    mine = [step for step in case.steps if step.question == question]
    pause: Pause = next((step.pause for step in case.steps if step.pause != "none"), "none")
    restart = any(step.restart for step in case.steps)
    steps = [replace(step, start="after", pause="none", restart=False) for step in mine]
    if len(steps) > 1:
        steps[-1] = replace(steps[-1], pause=pause, restart=restart)
    turn = [step.label for step in case.steps].index(label) + 1
    rules = [
        replace(rule, nth=len(steps)) if rule.question is None else rule
        for rule in case.upstream
        if rule.question == question or (rule.question is None and rule.nth == turn)
    ]
    return _made(case, steps, rules)


def _plainer(step: Step) -> Step:
    """Return a step without what is least likely to matter."""
    return replace(step, together=1, times=1, params={}, turns=(), identity="a", manner=PLAIN_MANNER)


def _made(case: Case, steps: list[Step] | tuple[Step, ...], rules: list[Upstream] | tuple[Upstream, ...]) -> Case:
    """Put a case together again: the first step starts it, and no rule is about what nobody asks."""
    first = replace(steps[0], start="after", pause="none", restart=False)
    asked = {step.question for step in steps}
    kept = [rule for rule in rules if rule.question is None or rule.question in asked]
    kind = case.id.partition(".")[0]
    made = found_case(f"{kind}.case", [first, *steps[1:]], kept, fresh=case.fresh)
    return replace(made, id=f"{kind}.{content_name(made)}")
