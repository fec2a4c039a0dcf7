"""What a target asks again after, how often, and how long it pauses in between.

The one rule: every kind of failure is shown alone, to a target that has just served a clean question, so that a breaker
that opens in between is seen and told.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Final

from fault_injection.families.http import Status
from fault_injection.families.tcp import Reset
from fault_injection.fault import Fault
from harness.core.probing.curve import curve
from harness.core.probing.experiments.settling import fresh, settled
from harness.core.probing.facts import Notes, times
from harness.core.probing.moves import Ask, Fresh, Move, Moves, one
from harness.core.probing.pauses import Observed
from harness.core.probing.seen import Seen
from harness.core.probing.terms import Terms

KEYS: Final = (
    "retry.max_attempts",
    "retry.statuses",
    "retry.lost_connection",
    "retry.pauses",
    "retry.jitter",
    "retry.retry_after",
    "retry_after_kept",
)
STATUSES: Final = (400, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504, 520, 524)
_LOST: Final = "lost connection"
FAILURES: Final[Mapping[str, Fault]] = MappingProxyType(
    {**{str(code): Status(code=code) for code in STATUSES}, _LOST: Reset()}
)
_PATIENCE_S: Final = 60.0
_PAUSES_WANTED: Final = 10
_PAUSES_FOR_S: Final = 30.0
"""How long pauses are collected, once enough are there to see whether they are spread."""
_FEWEST_ROWS: Final = 4
_ASKED_S: Final = 1
_KEPT_SHARE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What came of one kind of failure. `opened` says that the target left upstream alone right behind it."""

    attempts: int
    opened: bool
    pauses: tuple[Observed, ...]
    took_s: float


def retries(_: Terms, notes: Notes) -> Moves:
    """Show the target each kind of failure, then those again that it asks again after."""
    yield from fresh("retries")
    shown: dict[str, list[Shown]] = {}
    for kind in FAILURES:
        shown[kind] = [(yield from _show(kind, 1))]
    retried = [kind for kind, (first,) in shown.items() if first.attempts > 1]
    for kind in retried:
        shown[kind].append((yield from _show(kind, 2)))
    _note_attempts(shown, retried, notes)
    if retried:
        best = max(retried, key=lambda kind: (max(each.attempts for each in shown[kind]), kind == "503"))
        spent_s = 0.0
        while len(shown[best]) < _PAUSES_WANTED and (spent_s < _PAUSES_FOR_S or len(shown[best]) < _FEWEST_ROWS):
            more = yield from _show(best, len(shown[best]) + 1)
            shown[best].append(more)
            spent_s += more.took_s
        _note_pauses([each.pauses for each in shown[best] if each.pauses], notes)
    yield from _retry_after(retried, notes)


def _show(kind: str, turn: int) -> Generator[Move, tuple[Seen, ...], Shown]:
    name = f"retries/{kind}-{turn}"
    seen = yield from _failing(name, FAILURES[kind])
    if not seen.asked:  # an earlier failure has made it leave upstream alone
        yield Fresh()
        seen = yield from _failing(f"{name}-again", FAILURES[kind])
    at_once = yield from settled(name)
    return Shown(attempts=len(seen.asked), opened=not at_once, pauses=_pauses(seen), took_s=seen.took_s)


def _failing(name: str, fault: Fault) -> Generator[Move, tuple[Seen, ...], Seen]:
    return (yield from one(Ask(question=name, upstream=(fault,), patience_s=_PATIENCE_S)))


def _note_attempts(shown: Mapping[str, Sequence[Shown]], retried: Sequence[str], notes: Notes) -> None:
    if not retried:
        notes.absent("retry.max_attempts", f"one attempt at each of {len(shown)} kinds of failure")
        for key in ("retry.statuses", "retry.lost_connection", "retry.pauses", "retry.jitter"):
            notes.absent(key, "it does not ask again")
        return
    every = [each for kind in retried for each in shown[kind]]
    most = max(each.attempts for each in every)
    best = [each for each in every if each.attempts == most]
    how = times(len(best), len(every))
    if all(each.opened for each in best):
        notes.found("retry.max_attempts", most, f"{how}; a breaker opened behind it, so it may be more", low=most)
    else:
        notes.found("retry.max_attempts", most, how)
    steady = [kind for kind in retried if all(each.attempts > 1 for each in shown[kind])]
    codes = tuple(sorted(int(kind) for kind in steady if kind.isdigit()))
    others = len(STATUSES) - len(codes)
    if codes:
        notes.found("retry.statuses", codes, f"2 of 2 times each; {others} other statuses were not asked again after")
    else:
        notes.absent("retry.statuses", f"none of {len(STATUSES)} statuses")
    if _LOST in steady:
        notes.found("retry.lost_connection", value=True, how="2 of 2 times")
    else:
        notes.absent("retry.lost_connection", "one attempt")


def _pauses(seen: Seen) -> tuple[Observed, ...]:
    """Return the pauses between the attempts, each known no better than it was measured.

    A target takes some time to see that a call failed and to make the next one; what it took to make the first one, for
    a client that had just connected, says how long that may be.
    """
    if not seen.asked:
        return ()
    hop_s = max(0.0, seen.asked[0].at_s - seen.begun_s)
    return tuple(
        Observed(pause_s=pause_s, early_s=hop_s + seen.late_s, late_s=seen.late_s) for pause_s in seen.pauses_s
    )


def _note_pauses(rows: Sequence[Sequence[Observed]], notes: Notes) -> None:
    seen = curve(rows)
    how = f"{len(rows)} questions"
    notes.found("retry.pauses", seen.told(), how)
    spread = ", ".join(_spread(column) for column in _columns(rows))
    if seen.jittered:
        notes.found("retry.jitter", value=True, how=f"{spread} in {how}")
    elif seen.jittered is None:
        notes.unknown("retry.jitter", f"{spread} in {how}: the pauses are not known well enough")
    else:
        notes.absent("retry.jitter", f"the pauses are alike in {how}")


def _spread(column: Sequence[Observed]) -> str:
    pauses = [each.pause_s for each in column]
    return f"{min(pauses):.2f} to {max(pauses):.2f} s"


def _columns(rows: Sequence[Sequence[Observed]]) -> list[list[Observed]]:
    longest = max(map(len, rows), default=0)
    return [[row[at] for row in rows if len(row) > at] for at in range(longest)]


def _retry_after(retried: Sequence[str], notes: Notes) -> Moves:
    """Ask to be left alone for a second, and see whether that is heeded, and told to the client."""
    heeded: list[str] = []
    kept = failed = 0
    for code in (429, 503):
        fault = Status(code=code, retry_after=str(_ASKED_S))
        seen = yield from _failing(f"retries/after-{code}", fault)
        yield from settled(f"retries/after-{code}")
        if not seen.answered and seen.asked:
            failed += 1
            kept += seen.header("retry-after") is not None
        if str(code) not in retried:
            continue
        if not seen.pauses_s:
            heeded.append("gives up")
        elif min(seen.pauses_s) >= _ASKED_S * _KEPT_SHARE:
            heeded.append("waits as long as asked")
        else:
            heeded.append(f"does not wait for it ({median(seen.pauses_s):.2f} s)")
    if len(set(heeded)) == 1:
        notes.found("retry.retry_after", heeded[0], times(len(heeded), len(heeded)))
    elif heeded:
        notes.found("retry.retry_after", "; ".join((f"429: {heeded[0]}", f"503: {heeded[-1]}")), "once each")
    else:
        notes.absent("retry.retry_after", "it asks again after neither 429 nor 503")
    if not failed:
        notes.unknown("retry_after_kept", "the failure reached no client: something else answered")
    elif kept:
        notes.found("retry_after_kept", value=True, how=times(kept, failed))
    else:
        notes.absent("retry_after_kept", f"the client did not get it, {times(failed, failed)}")
