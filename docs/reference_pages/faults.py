"""The faults, a page for each family and a section for each fault, with its parameters and the cases that use it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Final

from fault_injection.catalogue import titles
from fault_injection.fault import Fault, Parameter
from fault_injection.registry import ALL, families
from reference_pages.markdown import anchor, code, escaped, table
from scenarios import catalogue
from scenarios.index import ALL as CASES

_SHOWN: Final = 12
"""Cases that are named with a fault; the others are counted."""


def address(fault_id: str) -> str:
    """Return where a fault is told of, seen from the folder of the reference."""
    return f"faults/{fault_id.partition('.')[0]}.md#{fault_id}"


def pages() -> Iterator[tuple[str, partial[str]]]:
    """Yield the name of each page, and what makes it."""
    for family in families():
        yield f"{family}.md", partial(page, family)


def index(folder: str) -> str:
    """Return the table that leads to the pages, which are in a folder as seen from where the table stands."""
    rows = [
        (f"[`{family}`]({folder}/{family}.md)", titles()[family], ", ".join(code(each.id) for each in faults))
        for family, faults in families().items()
    ]
    return "\n".join(table(("family", "what it strikes", "faults"), rows))


def page(family: str) -> str:
    """Return the page of a family as Markdown."""
    faults = families()[family]
    lines = [f"# Faults: {family}", "", f"What they strike: {titles()[family]}.", ""]
    lines += [
        "Write a fault as its id, with the parameters that differ from their defaults. To try it on one answer:",
        "",
    ]
    lines += ["```sh", f"curl ... -H 'X-Edgeproof-Fault: {faults[0]()}'", "```", ""]
    for fault in faults:
        lines += _section(fault)
    return "\n".join(lines)


def _section(fault: type[Fault]) -> Iterator[str]:
    yield from (anchor(fault.id), "", f"## {fault.id}", "", escaped(fault.summary()), "")
    if fault.detail():
        yield from (escaped(fault.detail()), "")
    yield f"What is left of the answer: **{fault.law.value}**."
    if fault.tell:
        yield from ("", f"Shows before it strikes: {escaped(fault.tell)}.")
    yield from (f"\nPassed by where {escaped(need)}." for need in fault.needs)
    if fault.parameters():
        rows = [
            (f"{anchor(f'{fault.id}.{each.name}')}`{each.name}`", _default(each), _bounds(each), escaped(each.doc))
            for each in fault.parameters()
        ]
        yield from table(("parameter", "default", "may be", "meaning"), rows)
    else:
        yield from ("", "It has no parameters.", "")
    used = _uses().get(fault.id, [])
    if used:
        more = f", and {len(used) - _SHOWN} more" if len(used) > _SHOWN else ""
        yield from (f"Cases that use it: {', '.join(map(code, used[:_SHOWN]))}{more}.", "")


@cache
def _uses() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {fault_id: [] for fault_id in ALL}
    for case in CASES:
        for fault_id in dict.fromkeys(fault.id for fault in catalogue.faults(case)):
            found[fault_id].append(case.id)
    return found


def _default(parameter: Parameter) -> str:
    value = parameter.default
    return code(str(value).lower() if isinstance(value, bool) else '""' if value == "" else str(value))


def _bounds(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(map(code, parameter.choices))
    match parameter.low, parameter.high:
        case None, None:
            told = "true or false" if isinstance(parameter.default, bool) else "any text"
        case low, None:
            told = f"at least {low:.15g}"
        case low, high:
            told = f"{low or 0:.15g} to {high:.15g}"
    return f"{told} {parameter.unit}".strip()
