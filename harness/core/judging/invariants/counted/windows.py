"""What a target says it has counted of a caller's usage, and what it has to be by what that caller asked.

The one rule: reading never judges. A number that is not told is None, and nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.core.judging.view import AskView, CaseView
from harness.core.observed import json_text
from harness.core.observed.history import Visit

TOKENS: Final = ("prompt_tokens", "completion_tokens")
HITS: Final = "hits"
_REQUESTS: Final = "requests"
_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was counted until a moment, by model: each a number by its name. `waiting` is not counted yet, and `dropped`
    never will be."""

    of: Mapping[str, Mapping[str, float]]
    waiting: int
    dropped: int

    def total(self, name: str) -> float:
        """Return what all models come to."""
        return sum(numbers.get(name, 0.0) for numbers in self.of.values())

    def tells(self, name: str) -> bool:
        """Whether a number is told of every model."""
        return bool(self.of) and all(name in numbers for numbers in self.of.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What one caller did between two of its reports."""

    before: Report
    after: Report
    visit: Visit
    asks: tuple[AskView, ...]

    @property
    def sure(self) -> tuple[AskView, ...]:
        """The answers that have to be counted: whole ones, whose client had all of them."""
        return tuple(ask for ask in self.asks if ask.succeeded and ask.stayed)

    @property
    def is_settled(self) -> bool:
        """Whether everything is counted by both reports, and was answered whole."""
        open_ = self.before.waiting or self.after.waiting or self.after.dropped != self.before.dropped
        return not open_ and len(self.sure) == len(self.asks)

    @property
    def missing(self) -> int:
        """How many answers are neither counted, nor waiting, nor told as dropped."""
        told = self.grown(_REQUESTS) + self.after.waiting + self.after.dropped - self.before.dropped
        return len(self.sure) - int(told)

    def grown(self, name: str) -> float:
        """Return by how much a number grew."""
        return self.after.total(name) - self.before.total(name)

    def grown_of(self, model: str) -> int:
        """Return how many requests more are counted of a model."""
        now, then = (report.of.get(model, {}).get(_REQUESTS, 0.0) for report in (self.after, self.before))
        return int(now - then)


def read(visit: Visit) -> Report | None:
    """Return what a report says; None when it is none."""
    if visit.exchange.status != 200:
        return None
    try:
        told = json_text.loads(visit.exchange.body)
    except ValueError:
        return None
    top = told if isinstance(told, dict) else {}
    return Report(
        of=dict(_found(told, _DEEPEST)),
        waiting=int(_number(top.get("waiting")) or 0),
        dropped=int(_number(top.get("dropped")) or 0),
    )


def windows(view: CaseView) -> Iterator[Window]:
    """Yield what each caller did between any two of its reports that follow one another."""
    latest: dict[str, tuple[Visit, Report]] = {}
    for visit in view.history.visits:
        report = read(visit) if visit.act == "usage" else None
        if report is None:
            continue
        identity = visit.exchange.identity
        if identity in latest:
            first, before = latest[identity]
            asks = _between(view.asks, identity, first.exchange.end_s, visit.exchange.started_s)
            yield Window(before=before, after=report, visit=visit, asks=asks)
        latest[identity] = visit, report


def _between(asks: Sequence[AskView], identity: str, since_s: float, until_s: float) -> tuple[AskView, ...]:
    return tuple(
        ask
        for ask in asks
        if ask.client.identity == identity and ask.client.started_s >= since_s and ask.client.end_s <= until_s
    )


def _found(value: Any, depth: int) -> Iterator[tuple[str, dict[str, float]]]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict) and isinstance(value.get("model"), str) and _number(value.get(_REQUESTS)) is not None:
        numbers = {name: number for name, each in value.items() if (number := _number(each)) is not None}
        yield value["model"], numbers
    elif depth and isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _found(each, depth - 1)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
