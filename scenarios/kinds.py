"""The page of kinds: the ways in which upstream can say the same, in which form of an answer, and who makes it.

The one rule: a kind is a fault that keeps the bytes or the meaning of what it strikes. Whether it can be said in a form
is seen by striking an answer in that form, never written down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

from fault_injection.apply import serve
from fault_injection.fault import Fault, Law, Turn
from fault_injection.rendering import render
from fault_injection.reply import Reply
from scenarios.case import Case, Step
from scenarios.forms import asked, every
from scenarios.index import ALL
from scenarios.searching.surfaces import kinds_on

FORMS: Final = ("stream", "stream of calls", "JSON", "native stream", "native JSON")
_KEEPS: Final = (Law.SAME_BYTES, Law.SAME_MEANING)
_SHOWN: Final = 3
"""Cases named in one cell."""
_HEAD: Final = """# What upstream may say

Every way in which the mock can give an answer without changing what it says, in each form of an answer, and what makes
it do so: cases by their ids, and the search of the property suite, which draws every kind. A dash means that the kind
changes nothing in that form. Made by `make docs`; do not edit by hand.
"""

Samples = Mapping[str, Sequence[Reply]]
"""Clean answers of the mock in each form."""


def kinds() -> tuple[Fault, ...]:
    """Return every kind, in the order of the catalogue."""
    found = (kind for kind in kinds_on("ai.chat") if kind.law in _KEEPS)
    return tuple(fault for kind in found for fault in every(kind))


def page(samples: Samples) -> str:
    """Return the page as Markdown."""
    lines = [_HEAD, f"| kind | {' | '.join(FORMS)} |", "|---" * (len(FORMS) + 1) + "|"]
    lines += [f"| `{fault}` | {' | '.join(cells)} |" for fault, cells in rows(samples)]
    return "\n".join([*lines, ""])


def rows(samples: Samples) -> Iterator[tuple[Fault, list[str]]]:
    """Yield each kind with a cell for each form."""
    said = [(type(fault), _words(fault), form, case.id) for case in ALL for fault, form in _said(case)]
    for fault in kinds():
        cells = []
        for form in FORMS:
            mine = (type(fault), _words(fault), form)
            ids = list(dict.fromkeys(case_id for *what, case_id in said if tuple(what) == mine))
            cells.append(_cell(ids) if any(_strikes(fault, reply) for reply in samples[form]) else "–")
        yield fault, cells


def _cell(ids: Sequence[str]) -> str:
    more = [f"{len(ids) - _SHOWN} more"] if len(ids) > _SHOWN else []
    return "<br>".join([*(f"`{case_id}`" for case_id in ids[:_SHOWN]), *more, "search"])


def _strikes(fault: Fault, reply: Reply) -> bool:
    return serve([fault], reply, Turn(Random(0))).script != render(reply)


def _said(case: Case) -> Iterator[tuple[Fault, str]]:
    for step in case.steps:
        form = _form(step)
        yield from ((fault, form) for fault in asked(step.prompt))
        for rule in case.upstream:
            mine = rule.question in (None, step.question) and rule.model in (None, step.model)
            if mine and not rule.surface.startswith("kv."):
                yield from ((fault, form) for fault in rule.faults)


def _form(step: Step) -> str:
    if step.model == "second":
        return "native stream" if step.stream else "native JSON"
    return ("stream of calls" if step.prompt.tools else "stream") if step.stream else "JSON"


def _words(fault: Fault) -> tuple[object, ...]:
    """What a fault chooses, its numbers and texts aside."""
    return tuple(getattr(fault, item.name) for item in fault.parameters() if item.choices)
