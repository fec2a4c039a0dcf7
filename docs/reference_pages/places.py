"""What must have a place in the documentation, and where that is: commands, flags, keys, ids, fields, control paths.

The one rule: the list comes from what the program itself parses, plays and answers, never from the pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from fault_injection.registry import ALL as FAULTS
from harness.core.target.placeholders import MEANINGS
from reference_pages import cases, cli, control, faults, plan_file, record, target_file
from reports.invariants import FAMILIES
from scenarios.index import BY_ID


class Place(NamedTuple):
    """Something with a name, the page that tells of it (seen from docs/), and the anchor there."""

    name: str
    page: str
    anchor: str


def places() -> Iterator[Place]:
    """Yield every place there must be."""
    for command in cli.commands():
        yield Place(" ".join(command.words), "reference/cli.md", command.place)
        for flag in cli.flags(command):
            yield Place(flag.place, "reference/cli.md", flag.place)
    for table in target_file.tables():
        yield Place(f"[{table}]", "reference/target-file.md", target_file.place_of(table))
        yield from (Place(key.place, "reference/target-file.md", key.place) for key in target_file.keys(table))
    for name in MEANINGS:
        yield Place(f"{{{name}}}", "reference/target-file.md", f"placeholder.{name}")
    yield from (Place(name, "reference/plan-file.md", name) for name in plan_file.places())
    yield from (Place(place, "reference/results.md", place) for place, *_ in record.places())
    yield from (Place(place, "reference/control-api.md", place) for place, *_ in control.places())
    yield from identified()


def missing(anchors: Mapping[str, Collection[str]]) -> list[str]:
    """Return what has no place, a line each. `anchors` are those of each page, by its address seen from docs/."""
    return [
        f"{each.name} has no place: there is no {each.anchor!r} on {each.page}"
        for each in places()
        if each.anchor not in anchors.get(each.page, ())
    ]


def identified() -> Iterator[Place]:
    """Yield what has an id that is written in many places: faults with their parameters, cases, invariants."""
    for fault_id, fault in FAULTS.items():
        page, _, anchor = faults.address(fault_id).partition("#")
        yield Place(fault_id, f"reference/{page}", anchor)
        for parameter in fault.parameters():
            yield Place(f"{fault_id}.{parameter.name}", f"reference/{page}", f"{anchor}.{parameter.name}")
    for case_id in BY_ID:
        page, _, anchor = cases.address(case_id).partition("#")
        yield Place(case_id, f"reference/{page}", anchor)
    for family in FAMILIES:
        for guide in family.guides:
            yield Place(guide.id, f"invariants/{family.name}.md", guide.id)
