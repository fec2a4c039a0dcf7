"""The targets that a chat service is held against under load, and whether it kept to them.

The one rule: a target that nothing was measured for is not held but unknown, and so is one that was missed while the
harness itself was late.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from harness.core.load.chat.measured import Measured
from harness.core.load.lateness import Lateness

DEFINITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "first_token_s": "question sent to first text received",
        "tokens_per_s": "tokens of one whole answer by the time from its question to its end",
        "persisted_s": "end of upstream's answer, as the mock sent it, to a read of the conversation that shows the "
        "answer whole; seen by reading again and again, not taken from the service's own clock",
        "list_s": "one page of a user's conversations, while answers stream, as the client has it",
        "get_s": "one conversation with its messages, while answers stream, as the client has it",
        "streams_at_once": "answers under way at one moment",
        "errors": "questions without a whole answer, answers that were never found kept, and looks that failed",
        "generator_cpus": "processors that the load generator kept busy, on the same machine as the service",
        "p95": "the value that 95 % keep to: of times that many are shorter, of rates that many are higher",
        "worst": "the longest time, the lowest rate",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One target: which value of a metric is held against which bound."""

    metric: str
    judged_by: Literal["p95", "worst", "whole"]
    relation: Literal["<", ">=", "<="]
    bound: float

    def __str__(self) -> str:
        by = "" if self.judged_by == "whole" else f" {self.judged_by}"
        return f"{self.metric}{by} {self.relation} {self.bound:g}"

    def met(self, value: float) -> bool:
        """Whether a value keeps to the bound."""
        match self.relation:
            case "<":
                return value < self.bound
            case "<=":
                return value <= self.bound
        return value >= self.bound


def goals(streams: int) -> tuple[Goal, ...]:
    """Return the targets of a chat service for so many streams at once."""
    return (
        Goal(metric="first_token_s", judged_by="p95", relation="<", bound=1.0),
        Goal(metric="tokens_per_s", judged_by="worst", relation=">=", bound=10.0),
        Goal(metric="persisted_s", judged_by="p95", relation="<", bound=0.1),
        Goal(metric="list_s", judged_by="p95", relation="<", bound=0.05),
        Goal(metric="get_s", judged_by="p95", relation="<", bound=0.05),
        Goal(metric="streams_at_once", judged_by="whole", relation=">=", bound=streams),
        Goal(metric="errors", judged_by="whole", relation="<=", bound=0),
    )


def table(
    measured: Measured, upstream_ends_s: Mapping[str, float], *, streams: int, lateness: Lateness, database: str
) -> list[dict[str, Any]]:
    """Return each target with what was measured, and whether it was met: null where that cannot be said.

    `upstream_ends_s` is when the mock had sent the whole of an answer, by its nonce.
    """
    samples = samples_of(measured, upstream_ends_s)
    excused: set[str] = set()
    if lateness.told:
        timed = {goal.metric for goal in goals(streams) if goal.judged_by != "whole"}
        excused = timed | ({"errors"} if measured.lacked_time_alone else set())
    return [_row(goal, samples[goal.metric], database, excused=goal.metric in excused) for goal in goals(streams)]


def samples_of(measured: Measured, upstream_ends_s: Mapping[str, float]) -> dict[str, list[float]]:
    """Return every sample of each metric."""
    chats, looks = measured.chats, measured.looks
    errors = sum(bool(chat.problem) or chat.seen_s is None for chat in chats) + sum(
        bool(each.problem) for each in looks
    )
    return {
        "first_token_s": [chat.first_token_s for chat in chats if chat.first_token_s is not None],
        "tokens_per_s": [chat.tokens_per_s for chat in chats if chat.tokens_per_s is not None],
        "persisted_s": [
            chat.seen_s - upstream_ends_s.get(chat.nonce, chat.end_s) for chat in chats if chat.seen_s is not None
        ],
        "list_s": [look.took_s for look in looks if look.kind == "list" and not look.problem],
        "get_s": [look.took_s for look in looks if look.kind == "get" and not look.problem],
        "streams_at_once": [measured.most_at_once] if chats else [],
        "errors": [errors] if chats else [],
    }


def _row(goal: Goal, samples: Sequence[float], database: str, *, excused: bool) -> dict[str, Any]:
    higher_is_better = goal.relation == ">="
    ordered = sorted(samples, reverse=higher_is_better)
    found = {name: _at(ordered, share) for name, share in (("p50", 0.5), ("p95", 0.95), ("worst", 1.0))}
    value = found["worst" if goal.judged_by == "whole" else goal.judged_by]
    met = None if value is None else goal.met(value)
    if met is False and excused:
        met = None
    prefix = f"{database}: " if database else ""
    return {
        "objective": f"{prefix}{goal}",
        "measured": _rounded(value),
        "met": met,
        **{name: _rounded(each) for name, each in found.items()},
    }


def _at(ordered: Sequence[float], share: float) -> float | None:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
