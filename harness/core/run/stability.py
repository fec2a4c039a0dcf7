"""The rounds of a repeated run, case by case: what each comes to, and which came out differently.

The one rule: a verdict that does not come again with the same seed on the same target says nothing of the target. Its
case is inconclusive, whatever the rounds said. Rounds that agree as far as they could judge stand as the worst of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from reports.record import CaseResult, Round, Stability, Unsteady, Verdict, worst

_Shape = frozenset[tuple[str, str]]


def settle(rounds: Sequence[Mapping[str, CaseResult]]) -> tuple[dict[str, CaseResult], Stability]:
    """Return each case's result by its id, in the order of the first round, and how steady they were.

    There is at least one round. A case that a round does not have is left out of that round's account.
    """
    ids = dict.fromkeys(case_id for each in rounds for case_id in each)
    settled: dict[str, CaseResult] = {}
    unsteady: list[Unsteady] = []
    for case_id in ids:
        played = {number: each[case_id] for number, each in enumerate(rounds, start=1) if case_id in each}
        differs = _difference(list(played.values()))
        settled[case_id] = _one(played, differs)
        if differs is not None:
            unsteady.append(
                Unsteady(
                    id=case_id,
                    differs=differs,
                    verdicts=tuple(result.verdict for result in played.values()),
                    sides=tuple(_sides(played, with_wire=differs != "judged")),
                )
            )
    unsteady.sort(key=lambda case: ("verdict", "findings", "judged").index(case.differs))
    return settled, Stability(rounds=len(rounds), cases=tuple(unsteady))


def _difference(results: Sequence[CaseResult]) -> Literal["verdict", "findings", "judged"] | None:
    """Say in what the rounds of one case differ; None when in nothing that matters."""
    conclusive = [result for result in results if result.verdict is not Verdict.INCONCLUSIVE]
    if len({result.verdict for result in conclusive}) > 1:
        return "verdict"
    if len(set(map(_shape, conclusive))) > 1:
        return "findings"
    return "judged" if conclusive and len(conclusive) < len(results) else None


def _one(played: Mapping[int, CaseResult], differs: str | None) -> CaseResult:
    """Return what the rounds of one case come to."""
    bad = worst(result.verdict for result in played.values())
    result = next(result for result in played.values() if result.verdict is bad)
    if differs == "verdict":
        cause = f"the same seed on the same target gave different results: {_told(played)}"
        result = result.model_copy(update={"verdict": Verdict.INCONCLUSIVE, "cause": cause})
    if differs is not None and result.replay:
        result = result.model_copy(update={"replay": f"{result.replay} --repeat {len(played)}"})
    return result


def _told(played: Mapping[int, CaseResult]) -> str:
    rounds: dict[Verdict, list[str]] = {}
    for number, result in played.items():
        rounds.setdefault(result.verdict, []).append(str(number))
    return "; ".join(
        f"{verdict} in round{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"
        for verdict, numbers in rounds.items()
    )


def _sides(played: Mapping[int, CaseResult], *, with_wire: bool) -> list[Round]:
    """Return the first round of each kind."""
    kinds: dict[tuple[Verdict, _Shape], Round] = {}
    for number, result in played.items():
        side = Round(
            round=number,
            verdict=result.verdict,
            saw=result.saw,
            cause=result.cause,
            findings=result.findings,
            wire=result.wire if with_wire else (),
        )
        kinds.setdefault((result.verdict, _shape(result)), side)
    return list(kinds.values())


def _shape(result: CaseResult) -> _Shape:
    """Return what was found, without its words: they hold times and sizes, which no two rounds share."""
    return frozenset((finding.invariant, finding.level) for finding in result.findings)
