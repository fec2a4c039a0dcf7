"""Whether a target holds on to more and more: growth in samples taken after like rounds of requests.

The one rule: a leak grows by about as much in every round and goes on growing to the end. What fills up and stops (a
pool, a cache with a bound) is a plateau, what slackens is warming up, and what could not be told from noise is said to
be unclear, never clean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias

from harness.core.statistics.slope import Slope, fewest_points, theil_sen


class Measure(StrEnum):
    """What a target can hold. Memory is measured in bytes, all else is counted."""

    TRACED = "traced_bytes"
    """What Python's allocator or V8 holds for the program behind a collection, told by an agent inside the process."""
    UNIQUE = "unique_bytes"
    """Pages that belong to the processes alone, as the system sees them: coarse, but there for any program."""
    UNTRACED = "untraced_bytes"
    """The same of those processes that nobody looks into, where there are others that somebody does."""
    DESCRIPTORS = "descriptors"
    THREADS = "threads"
    TASKS = "tasks"
    CHILDREN = "children"
    UPSTREAM = "upstream_calls"
    """Calls that run although no client waits for them any more."""

    @property
    def in_bytes(self) -> bool:
        """Whether it is memory."""
        return self in _MEMORY

    @property
    def with_garbage(self) -> bool:
        """Whether it may hold what the program has let go of and nobody has collected yet."""
        return self in _WITH_GARBAGE

    def amount(self, value: float) -> str:
        """Return so much of it in words: `4.1 KiB`, `1 descriptor`, `0.5 asyncio tasks`."""
        if self.in_bytes:
            return bytes_text(value)
        one, many = _NOUNS[self]
        number = f"{value:.2g}" if abs(value) < _ROUNDED else f"{value:.0f}"
        return f"{number} {one if number == '1' else many}"


_WITH_GARBAGE: Final = frozenset({Measure.UNIQUE, Measure.UNTRACED})
_MEMORY: Final = _WITH_GARBAGE | {Measure.TRACED}
_ROUNDED: Final = 10
_NOUNS: Final = {
    Measure.DESCRIPTORS: ("descriptor", "descriptors"),
    Measure.THREADS: ("thread", "threads"),
    Measure.TASKS: ("asyncio task", "asyncio tasks"),
    Measure.CHILDREN: ("child process", "child processes"),
    Measure.UPSTREAM: ("upstream call", "upstream calls"),
}
_LEAST_A_ROUND: Final = 0.5
"""What is counted leaks from one in two rounds on."""
_TAIL_SHARE: Final = 3
"""What is counted still grows in the last third of its samples, and there at a third of its pace at least."""
_UNCOLLECTED_SHARE: Final = 4
_UNCOLLECTED_BYTES: Final = 64 << 20
"""Garbage may pile up to so many times what a program held at first, and to so much at least, before it is collected: a
clean Worker on workerd went from 60 MB to 240 MB in 30 000 requests, and not a byte further in the next 120 000."""

Holdings: TypeAlias = Mapping[Measure, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSample:
    """What the target held when `requests` had been made since the warm-up and nobody waited for anything."""

    requests: int
    holdings: Holdings


class State(StrEnum):
    """What a series says."""

    STEADY = "steady"
    """Whatever grows, grows by less than could matter."""
    LEAK = "leak"
    GROWING = "growing"
    """It grows, but has not been watched for long enough to say that it does not stop."""
    ALLOWED = "allowed"
    """It grows, within what the target says that it keeps."""
    PLATEAU = "plateau"
    """It grew, and stopped or slackens."""
    UNCLEAR = "unclear"
    """Too few samples, or too much noise, to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How one measure developed. `slope` is per request."""

    measure: Measure
    state: State
    slope: Slope | None = None

    @property
    def text(self) -> str:
        """How much a request leaves behind, in words."""
        return self.measure.amount(self.slope.value) if self.slope else "-"

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it; a bound that is not known is null."""
        if self.slope is None:
            return {"state": str(self.state), "per_request": None, "low": None, "high": None}
        bounded = self.slope.bounded
        return {
            "state": str(self.state),
            "per_request": self.slope.value,
            "low": self.slope.low if bounded else None,
            "high": self.slope.high if bounded else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is to be blamed, in bytes a request: growth that is measurably over `least_bytes`; and nothing is said to be
    steady that may grow by `resolution_bytes` more than it seems to."""

    least_bytes: float
    resolution_bytes: float


def growth(
    samples: Sequence[RoundSample], measure: Measure, limits: Limits, *, at_first: RoundSample | None = None
) -> Growth:
    """Judge one measure over all samples that have it; `at_first` is the first sample of all where these are a part."""
    points = [(float(each.requests), float(each.holdings[measure])) for each in samples if measure in each.holdings]
    if len(points) < fewest_points() or (slope := theil_sen(points)) is None:
        return Growth(measure=measure, state=State.UNCLEAR)
    middle = len(points) // 2
    former, latter = theil_sen(points[: middle + 1]), theil_sen(points[middle:])
    if former is None or latter is None:
        return Growth(measure=measure, state=State.UNCLEAR)
    if not measure.in_bytes:
        return Growth(measure=measure, state=_counted(points, slope), slope=slope)
    # What would be left if it went on slackening: warm-up that has halved halves again, and once more for the noise.
    lasting = min(slope.low, latter.value - 2 * max(0.0, former.value - latter.value))
    held = at_first.holdings.get(measure, 0) if at_first else points[0][1]
    uncollected = measure.with_garbage and points[-1][1] - held < max(_UNCOLLECTED_BYTES, _UNCOLLECTED_SHARE * held)
    if slope.low > limits.least_bytes and latter.value <= limits.least_bytes:
        state = State.PLATEAU
    elif slope.low > limits.least_bytes:
        state = State.LEAK if lasting > limits.least_bytes and not uncollected else State.GROWING
    elif slope.high - slope.value > limits.resolution_bytes:
        state = State.UNCLEAR
    else:
        state = State.STEADY
    if uncollected or state is State.PLATEAU:
        lasting = min(0.0, lasting)
    return Growth(measure=measure, state=state, slope=replace(slope, low=lasting, high=max(slope.high, 0.0)))


def _counted(points: Sequence[tuple[float, float]], slope: Slope) -> State:
    if slope.low <= _LEAST_A_ROUND * (len(points) - 1) / (points[-1][0] - points[0][0]):
        return State.STEADY
    tail = theil_sen(points[-max(3, len(points) // _TAIL_SHARE + 1) :])
    return State.LEAK if tail is not None and tail.value >= slope.value / _TAIL_SHARE else State.PLATEAU


def attribution(leaks: Mapping[str, Sequence[Growth]], *, plain: str = "clean") -> str:
    """Say which scenarios leak and which do not, and how much: `only cut leaks: 4.1 KiB and 1 descriptor a request`.

    `leaks` has every scenario that was judged, with what leaks in it. What `plain` requests leak, every request does;
    so a scenario is told apart from them by what it leaks over and above.
    """
    leaky = [name for name, grown in leaks.items() if grown]
    sound = [name for name, grown in leaks.items() if not grown]
    if not leaky:
        return "nothing leaks" if leaks else ""
    if len(leaky) == 1 and sound:
        return f"only {leaky[0]} leaks: {told(leaks[leaky[0]])} a request"
    if not sound:
        first = plain if plain in leaky else leaky[0]
        said = f"every request leaks: {told(leaks[first])}" + ("" if len(leaky) == 1 else f" in {first}")
    else:
        each = "; ".join(f"{name} {told(leaks[name])}" for name in leaky)
        said = f"{joined(leaky)} leak, {joined(sound)} {'does' if len(sound) == 1 else 'do'} not: {each} a request"
    more = [name for name in leaky if plain in leaky and name != plain and _much_more(leaks[name], leaks[plain])]
    return f"{said}; over and above that {joined(more)}" if more else said


def told(grown: Sequence[Growth]) -> str:
    """Return everything that leaks in words."""
    return joined([each.text for each in grown])


def joined(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _much_more(grown: Sequence[Growth], plain: Sequence[Growth]) -> bool:
    usual = {each.measure: each.slope.value for each in plain if each.slope}
    return any(each.slope is not None and each.slope.low > 1.5 * usual.get(each.measure, 0.0) for each in grown)


def bytes_text(value: float) -> str:
    """Return a number of bytes as `512 B`, `4.1 KiB` or `2.0 MiB`."""
    for unit, size in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if abs(value) >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value:.0f} B"
