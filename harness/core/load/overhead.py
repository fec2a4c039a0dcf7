"""What a target adds to the time of an answer, from pairs of answers with it and without.

The one rule: a host too noisy to tell is told of as such, and no number is made up from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from harness.core.load.lateness import Lateness
from harness.core.statistics.paired import Difference, difference

_FEWEST_PAIRS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What is added to the first token and to the whole answer. `cause` says why nothing can be said."""

    rows: list[dict[str, Any]]
    saw: str = ""
    cause: str = ""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    """What is surely not exceeded, under the names that objectives use."""


def added(
    ttft: Iterable[tuple[float | None, float | None]],
    e2e: Iterable[tuple[float | None, float | None]],
    lateness: Lateness,
) -> Added:
    """Compare pairs of times, without the target and through it, in seconds; those that lack one are left out."""
    measured = {"ttft": _whole(ttft), "e2e": _whole(e2e)}
    found = {name: difference(pairs) for name, pairs in measured.items()}
    cause = _doubt(measured, found, lateness)
    return Added(
        rows=[_row(name, measured[name], each) for name, each in found.items()],
        saw="; ".join(_told(name, each) for name, each in found.items() if each),
        cause=cause,
        metrics={f"added_{name}_s": None if cause or each is None else each.high for name, each in found.items()},
    )


def _whole(pairs: Iterable[tuple[float | None, float | None]]) -> list[tuple[float, float]]:
    return [(one, other) for one, other in pairs if one is not None and other is not None]


def _doubt(
    measured: Mapping[str, Sequence[tuple[float, float]]],
    found: Mapping[str, Difference | None],
    lateness: Lateness,
) -> str:
    if lateness.told:
        return lateness.told
    for name, each in found.items():
        if each is None or each.pairs < _FEWEST_PAIRS:
            return f"only {len(measured[name])} pairs have a {name}; {_FEWEST_PAIRS} are needed"
        if not each.is_known:
            return f"too much noise on this host to measure it: {_told(name, each)}"
    return ""


def _told(name: str, found: Difference) -> str:
    return (
        f"{name} {found.value * 1000:+.2f} ms (95 % sure between {found.low * 1000:.2f} and {found.high * 1000:.2f} ms)"
    )


def _row(name: str, pairs: Sequence[tuple[float, float]], found: Difference | None) -> dict[str, Any]:
    return {
        "measure": name,
        "pairs": len(pairs),
        "direct_s": median(one for one, _ in pairs) if pairs else None,
        "through_s": median(other for _, other in pairs) if pairs else None,
        "added_s": found.value if found else None,
        "low_s": found.low if found else None,
        "high_s": found.high if found else None,
    }
