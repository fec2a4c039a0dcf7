"""Explaining whatever has an id: a case, a fault, an invariant.

The one rule: an id is found whichever verb was asked for it. Whoever reads one in a report need not know what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from rich.console import Console

from fault_injection.registry import ALL as FAULTS
from fault_injection.registry import by_id
from harness.cli.catalogue.printing import command, prose
from harness.cli.output import results, tell
from harness.errors import UsageError
from reports.invariants import GUIDES
from reports.invariants.telling import Shown, story
from scenarios import catalogue
from scenarios.index import BY_ID as CASES
from scenarios.index import select


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that has ids. `explain` prints what an id means, or raises what says that there is none."""

    word: str
    verb: str
    ids: Iterable[str]
    explain: Callable[[Console, str], None]


def explain(name: str, *, asked: Kind) -> None:
    """Explain an id; where it belongs to another kind than the one asked for, say so and explain it all the same.

    Raises:
        LookupError, HarnessError: no kind knows it; the message has the nearest ids.
    """
    found = next((kind for kind in _KINDS if name in kind.ids), asked)
    if found is not asked:
        tell(f"{name} is {found.word}: edgeproof {found.verb} explain {name}")
    with results() as console:
        found.explain(console, name)


def _case(console: Console, globs: str) -> None:
    for number, case in enumerate(select(globs)):
        rules = [f"  {name}: {GUIDES[name].promise}" for name in case.focus]
        prose(console, "\n".join([*(["", ""] if number else []), catalogue.explain(case), *rules]))
        command(console, f"\nwhy it matters: edgeproof invariants explain {case.focus[0]}")
        command(console, f"run it: edgeproof run --case {case.id}")


def _fault(console: Console, name: str) -> None:
    fault = by_id(name)
    more = [f"  {fault.detail()}"] if fault.detail() else []
    lines = [fault.id, f"  {fault.summary()}", *more, "", f"effect on the answer: {fault.law.value}"]
    lines += [f"visible before it strikes: {fault.tell}"] if fault.tell else []
    lines += [f"does not apply where {need}" for need in fault.needs]
    lines += [""]
    for item in fault.parameters():
        bounds = " | ".join(item.choices) or _range(item.low, item.high, item.unit)
        lines += [f"  {item.name}={item.default}  ({bounds})", f"    {item.doc}"]
    prose(console, "\n".join(lines))
    command(console, f"\ntry it: edgeproof mock, then curl with -H 'X-Edgeproof-Fault: {fault()}'")


def _invariant(console: Console, name: str) -> None:
    guide = GUIDES.get(name)
    if guide is None:
        near = get_close_matches(name, (*GUIDES, *FAULTS, *CASES), n=1, cutoff=0.75)
        raise UsageError(
            f"there is no invariant called {name!r}",
            next_step=f"did you mean {near[0]}?" if near else "`edgeproof invariants` lists them all",
        )
    cases, faults = catalogue.about(name)
    prose(console, story(guide, Shown(cases, faults)))
    command(console, f"\ntry it: edgeproof run --case {catalogue.example(name)}")


def _range(low: float | None, high: float | None, unit: str) -> str:
    match low, high:
        case None, None:
            return unit or "any"
        case float() | int(), None:
            return f"at least {low:.15g} {unit}".strip()
        case _:
            return f"{low or 0:.15g}..{high:.15g} {unit}".strip()


CASE: Final = Kind(word="a case", verb="cases", ids=CASES, explain=_case)
FAULT: Final = Kind(word="a fault", verb="faults", ids=FAULTS, explain=_fault)
INVARIANT: Final = Kind(word="an invariant", verb="invariants", ids=GUIDES, explain=_invariant)
_KINDS: Final = (CASE, FAULT, INVARIANT)
