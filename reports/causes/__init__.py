"""What likely lies behind the findings of a run: known mistakes of proxies, compared with what the run saw.

The one rule: causes follow from a record and from nothing else, so that an old record can be told anew. "No known
cause" is an answer: what looks like nothing known is left without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from reports.causes.cover import Guess, Library, cover
from reports.causes.fitting import fitting
from reports.causes.mistakes import MADE_BY
from reports.causes.seen import seen
from reports.causes.sights import Sight, barred, sights
from reports.causes.signatures import known
from reports.problems import problems
from reports.record import CaseResult, Cause, RunRecord


def causes(record: RunRecord) -> tuple[Cause, ...]:
    """Return the likely causes of what a run found, the likeliest first; none where nothing known looks like it."""
    saw = seen(record.cases)
    shown = tuple(sights(record))
    telling_pairs = known().telling(saw)
    library = fitting(_library(), record.target, telling_pairs)
    library = library.barring(barred(shown, {each.id: each for each in library.made_by.values()}.values()))
    guesses = cover(telling_pairs, saw.judged, library)
    told = ((guess, tuple(each for each in shown if _explains(guess, each))) for guess in guesses)
    return tuple(_cause(guess, explained) for guess, explained in told if explained)


def explained(record: RunRecord) -> RunRecord:
    """Return the record with its problems and their causes made anew from its cases."""
    found = causes(record)
    told = tuple(
        problem.model_copy(update={"causes": tuple(each.id for each in found if problem.id in each.explains)})
        for problem in problems(record.cases)
    )
    return record.model_copy(update={"problems": told, "causes": found})


@cache
def _library() -> Library:
    return Library(signatures=known().signatures, made_by=MADE_BY)


def _explains(guess: Guess, sight: Sight) -> bool:
    return sight.pair in guess.explains and sight.fits(guess.mistake)


def _cause(guess: Guess, explained: Iterable[Sight]) -> Cause:
    """Return a guess as the record tells it: by the problems and cases that it explains, of which there are some."""
    cases = {each.case.id: each.case for each in explained}
    best = [name for name in guess.mistake.best if name in cases]
    clearest = cases[best[0]] if best else min(cases.values(), key=_size)
    return Cause(
        id=guess.mistake.id,
        sentence=guess.mistake.sentence,
        mends=guess.mistake.mends,
        score=round(guess.score, 2),
        explains=tuple(dict.fromkeys(each.problem for each in explained)),
        cases=tuple(cases),
        clearest=clearest.id,
        replay=clearest.replay,
    )


def _size(case: CaseResult) -> tuple[int, int, str]:
    return len(case.faults), len(case.wire), case.id


__all__ = ["causes", "explained"]
