"""When a target leaves a failing upstream alone, for how long, and what it lets through then.

Four rounds, each on a fresh target: fail until a question no longer reaches upstream; then ask clean questions until
one does (round 1), several at once behind the rest (round 2), or one that fails behind it (round 3); and let a clean
one stand between two series of failures (round 4).

The one rule: what counts is whether upstream was asked, never what the client was told; a fallback may answer it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from fault_injection.families.http import Status
from harness.core.probing.experiments.settling import NotServedError, fresh, settled, unserved
from harness.core.probing.facts import Notes, times
from harness.core.probing.moves import Ask, Move, Moves, Wait, one
from harness.core.probing.rounding import roundest
from harness.core.probing.seen import Seen
from harness.core.probing.terms import Terms
from scenarios.prompt import Prompt

KEYS: Final = (
    "circuit_breaker.failures",
    "circuit_breaker.open_s",
    "circuit_breaker.in_a_row",
    "circuit_breaker.half_open",
    "circuit_breaker.after_a_failed_probe",
)
MOST_FAILURES: Final = 40
"""So many failed calls in a row are shown; a breaker that wants more is not found."""
_FAILS: Final = (Status(code=503),)
_PATIENCE_S: Final = 60.0
_LOOKS_EVERY: Final = 0.03
"""How often it is looked whether the breaker still rests, as a share of the time it has rested."""
_LEAST_WAIT_S: Final = 0.02
_AT_ONCE: Final = 5
_MARGIN: Final = 1.1
_MARGIN_S: Final = 0.15
_LONGER: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """How the breaker came to open: failed calls in all, by question, and when: between the end of the last of them and
    the moment when its client was told."""

    calls: tuple[int, ...]
    at_s: float
    by_s: float

    @property
    def most(self) -> int:
        """The failed calls until it was open; exact where the last question was cut short by it."""
        return sum(self.calls)

    @property
    def fewest(self) -> int:
        """The fewest that may have opened it: for all that is known, only the next question looks at it."""
        return self.most if self.calls[-1] < max(self.calls) else self.most - max(self.calls) + 1


def breaker(terms: Terms, notes: Notes) -> Moves:
    """Find the breaker's numbers, or that there is none."""
    bound_s = terms.bounds["open"]
    first = yield from _open("breaker/1")
    if first is None:
        for key in KEYS:
            notes.absent(key, f"upstream was still asked after {MOST_FAILURES} failed calls in a row")
        return
    rest = yield from _rest("breaker/1", first, bound_s)
    rounds = [first]
    if rest is None:
        notes.beyond("circuit_breaker.open_s", bound_s, f"it still rested after {bound_s:g} s")
        for key in ("circuit_breaker.half_open", "circuit_breaker.after_a_failed_probe"):
            notes.unknown(key, "its rest is longer than was waited for")
    else:
        low, high = rest
        notes.found(
            "circuit_breaker.open_s",
            roundest(max(low, high * 0.95), high),
            f"still open at {low:.2f} s, not at {high:.2f} s",
            low=low,
            high=high,
        )
        rounds += yield from _behind_the_rest(high, bound_s, notes)
    yield from _in_a_row(rounds, notes)
    _note_failures(rounds, notes)


def _open(name: str) -> Generator[Move, tuple[Seen, ...], Opened | None]:
    """Show failures to a fresh target until it leaves upstream alone; None when it never does."""
    yield from fresh(name)
    calls: list[int] = []
    at_s = by_s = 0.0
    while sum(calls) < MOST_FAILURES:
        seen = yield from _fail(f"{name}/fail-{len(calls)}")
        if seen.limited:
            raise NotServedError(unserved(seen))
        if not seen.asked:
            return Opened(calls=tuple(calls), at_s=at_s, by_s=by_s) if calls else None
        calls.append(len(seen.asked))
        at_s, by_s = seen.asked[-1].over_s, seen.ended_s
    return None


def _fail(name: str) -> Generator[Move, tuple[Seen, ...], Seen]:
    return (yield from one(Ask(question=name, upstream=_FAILS, patience_s=_PATIENCE_S)))


def _rest(name: str, opened: Opened, bound_s: float) -> Generator[Move, tuple[Seen, ...], tuple[float, float] | None]:
    """Ask clean questions until one reaches upstream; return between which times since it opened that became so."""
    low_s = 0.0
    number = 0
    while True:
        number += 1
        seen = yield from one(Ask(question=f"{name}/look-{number}"))
        if seen.asked:
            return low_s, max(low_s, seen.asked[0].at_s - opened.at_s)
        low_s = max(low_s, seen.begun_s - opened.by_s)
        if low_s > bound_s:
            return None
        yield Wait(max(_LEAST_WAIT_S, low_s * _LOOKS_EVERY))


def _behind_the_rest(open_s: float, bound_s: float, notes: Notes) -> Generator[Move, tuple[Seen, ...], list[Opened]]:
    """See what is let through once the breaker has rested: several at once, and one that fails."""
    rest_s = open_s * _MARGIN + _MARGIN_S
    rounds: list[Opened] = []
    opened = yield from _open("breaker/2")
    if opened is not None:
        rounds.append(opened)
        yield Wait(rest_s)
        several = yield Ask(question="breaker/2/several", prompt=Prompt(tokens=3, first_s=0.5), together=_AT_ONCE)
        let = sum(bool(seen.asked) for seen in several)
        notes.found("circuit_breaker.half_open", let, f"{let} of {_AT_ONCE} at once reached upstream behind the rest")
    opened = yield from _open("breaker/3")
    if opened is not None:
        rounds.append(opened)
        yield Wait(rest_s)
        probe = yield from _fail("breaker/3/probe")
        if not probe.asked:
            notes.unknown("circuit_breaker.after_a_failed_probe", "the probe did not reach upstream")
        else:
            again = Opened(calls=(len(probe.asked),), at_s=probe.asked[-1].over_s, by_s=probe.ended_s)
            rest = yield from _rest("breaker/3", again, bound_s)
            notes.found("circuit_breaker.after_a_failed_probe", _after_a_failure(rest, open_s), "once")
    return rounds


def _after_a_failure(rest: tuple[float, float] | None, open_s: float) -> str:
    if rest is None:
        return "rests again, for longer than was looked for"
    low_s, high_s = rest
    if not low_s:
        return "stays closed"
    return f"rests again, for {high_s:.2g} s" + (" (longer than the first time)" if low_s > open_s * _LONGER else "")


def _in_a_row(rounds: list[Opened], notes: Notes) -> Moves:
    """Let a clean question stand between two series that together are more than enough."""
    fewest = min(each.fewest for each in rounds)
    a_question = max(rounds[0].calls)
    half = (fewest - 1) // a_question
    if half * 2 * a_question < max(each.most for each in rounds):
        notes.unknown("circuit_breaker.in_a_row", "too few failures open it for a clean question to stand between")
        return
    yield from fresh("breaker/4")
    for series in range(2):
        for number in range(half):
            yield from _fail(f"breaker/4/fail-{series}-{number}")
        at_once = yield from settled(f"breaker/4/{series}")
        if not at_once:
            break
    if series == 0:
        notes.unknown("circuit_breaker.in_a_row", "it opened sooner than before")
    elif at_once:
        notes.found("circuit_breaker.in_a_row", value=True, how="a good answer in between keeps it closed; once")
    else:
        notes.absent("circuit_breaker.in_a_row", "it opens though a good answer came in between; once")


def _note_failures(rounds: list[Opened], notes: Notes) -> None:
    low = max(each.fewest for each in rounds)
    high = min(each.most for each in rounds)
    if low > high:
        told = ", ".join(str(each.most) for each in rounds)
        notes.unknown("circuit_breaker.failures", f"it opened after {told} failed calls: not the same each time")
        return
    questions = len(rounds[0].calls)
    how = f"{times(len(rounds), len(rounds))}, in {questions} question" + "s" * (questions > 1)
    if low < high:
        how += f"; between {low} and {high} calls, for it is looked at only between questions"
    notes.found(
        "circuit_breaker.failures", high, how, low=low if low < high else None, high=high if low < high else None
    )
    notes.found("circuit_breaker.questions", questions, how)
