"""Cases that bring faults together with states of the cache: many rows of a covering array in one case.

The one rule: every row has a question of its own, so that what goes wrong is told of the row that made it; what a case
brings about is read from its history and not from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from fault_injection.families.client import StopReading
from fault_injection.fault import ClientFault, Fault
from fault_injection.registry import ALL
from scenarios.case import Case, Model, Step, Upstream
from scenarios.case_file import found_case
from scenarios.prompt import Prompt
from scenarios.searching.pairs import CLIENT, PLACES, Row, place_parameter

_ROWS: Final = 12
"""Rows of one case."""
_EXPIRED_ROWS: Final = 24
"""Rows of one case whose answers are to be too old: it waits once for all of them."""
_AT_ONCE: Final = 4
"""Faults that strike at the same time: less than open a breaker."""
_TOKENS: Final = 6
_WHERE: Final = {"events": (0, 3, 9), "bytes": (20, 1000, 1900)}
"""Places in an answer of `_TOKENS` tokens: before it, in its middle, behind its text."""
_IN_REQUEST: Final = (10, 90, 180)
_OTHERWISE: Final = {"temperature": 0.9}


def cases(rows: Iterable[Row], *, callers_apart: bool = False, native: bool = False) -> Iterator[Case]:
    """Yield cases that bring the rows about, rows of one state of the cache and one kind of surface together.

    What is kept for one request is not for another: for one with other parameters, or, with `callers_apart`, for every
    other row also for one of another caller. With `native`, the first model is asked for on `ai.run` as well.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        of = row.surface if row.surface.startswith("kv.") else "ai"
        groups.setdefault((of, row.cache), []).append(row)
    parts = sorted(
        (turn, not _waits(part), surface, state, part)
        for (surface, state), every in groups.items()
        for turn, part in enumerate(_parts(every, _EXPIRED_ROWS if (surface, state) == ("ai", "expired") else _ROWS))
    )  # some of every group first, because a quick search ends before it has played them all; what waits before others
    for number, (_, _, surface, state, part) in enumerate(parts, start=1):
        name = f"pairs.{surface.replace('.', '-')}-{state}-{number}"
        if surface.startswith("kv."):
            yield _of_kv(name, part)
        else:
            yield _of_ai(name, part, callers_apart=callers_apart, native=native)


def _waits(rows: Sequence[Row]) -> bool:
    """Whether rows take seconds: answers have to grow too old, or a reader stands still until the target lets it go."""
    return any(row.cache == "expired" or row.fault == StopReading.id for row in rows)


def _parts(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))


def _of_ai(name: str, rows: Sequence[Row], *, callers_apart: bool, native: bool) -> Case:
    """Ask every question once where its answer is to be kept, then each with its fault, a few at a time."""
    steps: list[Step] = []
    upstream: list[Upstream] = []
    fill = rows[0].cache != "cold"
    first = "ai.run" if native else "ai.chat"
    if fill:
        for at, row in enumerate(rows):
            steps.append(_step(f"fill-{at + 1}", at, row, start="with" if at else "after"))
    for at, row in enumerate(rows):
        start = "with" if at % _AT_ONCE else "after"
        if at and start == "after":
            steps.append(_well(at))
        pause = "cache-ttl" if row.cache == "expired" and not at else "none"
        model: Model = "second" if row.surface == "ai.run" and not native else "main"
        step = _step(f"row-{at + 1}", at, row, start=start, pause=pause, model=model, faulted=True)
        steps.append(replace(step, params={}, identity="b") if callers_apart and at % 2 and step.params else step)
        if row.surface != CLIENT:
            nth = 2 if fill and row.surface == first else 1
            rule = Upstream(
                faults=(fault_of(row),), surface=row.surface, question=_question(at), nth=nth, must_strike=False
            )
            upstream.append(rule)
    return found_case(name, steps, upstream)


def _step(
    label: str,
    at: int,
    row: Row,
    *,
    start: str,
    pause: str = "none",
    model: Model = "main",
    faulted: bool = False,
) -> Step:
    kind = ALL[row.fault]
    misbehaves = faulted and row.surface == CLIENT
    return Step(
        label=label,
        question=_question(at),
        prompt=Prompt(tokens=_TOKENS, pace_s=0.01 if misbehaves else 0.0),
        stream=not row.fault.startswith("payload."),
        model=model,
        params=_OTHERWISE if faulted and row.cache == "kept" and not misbehaves else {},
        start=start,  # type: ignore[arg-type]  # one of the words
        pause=pause,  # type: ignore[arg-type]  # one of the words
        faults=(fault_of(row),) if misbehaves and issubclass(kind, ClientFault) else (),  # type: ignore[arg-type]
    )


def _well(at: int) -> Step:
    """Ask something that goes well, so that failures before and behind it are not in a row and open no breaker."""
    return Step(label=f"well-{at}", question=f"w-{at}", prompt=Prompt(tokens=_TOKENS), stream=False)


def _of_kv(name: str, rows: Sequence[Row]) -> Case:
    """Ask one after the other, because what goes to a store has no nonce: each fault strikes in its turn."""
    filled = rows[0].cache != "cold"
    fills = range(len(rows)) if filled else ()
    steps = [Step(label=f"fill-{at + 1}", question=_question(at), stream=False) for at in fills]
    upstream: list[Upstream] = []
    for at, row in enumerate(rows):
        steps.append(
            Step(
                label=f"row-{at + 1}",
                question=_question(at),
                stream=False,
                restart=not at and row.cache == "kept",
                pause="cache-ttl" if not at and row.cache == "expired" else "none",
            )
        )
        turn = at + 1 + (len(rows) if filled else 0)
        upstream.append(
            Upstream(faults=(fault_of(row),), surface=row.surface, question=None, nth=turn, must_strike=False)
        )
    return found_case(name, steps, upstream)


def fault_of(row: Row) -> Fault:
    """Return the plain form of the row's fault, at the row's place."""
    kind = ALL[row.fault]
    name = place_parameter(kind)
    if name is None or row.place not in PLACES:
        return kind()
    place = PLACES.index(row.place)
    if row.surface == CLIENT:
        return kind(**{name: _IN_REQUEST[place] if "byte" in name else (1, 4, 7)[place]})
    return kind(**{name: _WHERE["bytes" if "byte" in name else "events"][place]})


def _question(at: int) -> str:
    return f"q-{at + 1}"
