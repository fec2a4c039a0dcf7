"""An invariant told in full: as plain text for a terminal, and as a page of Markdown for each family.

The one rule: which cases and faults show it is told from outside, because the texts know nothing of cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.invariants.guide import Family, Guide

_MADE = "<!-- made by `make docs`; do not edit by hand -->"
_LEVELS = {"must": "must: a breach fails the run", "should": "should: a breach is reported but does not fail the run"}


@dataclass(frozen=True, slots=True)
class Shown:
    """Which cases are about an invariant, and which faults these cases use."""

    cases: Sequence[str]
    faults: Sequence[str]


def story(guide: Guide, shown: Shown) -> str:
    """Return all there is to say about an invariant in plain words."""
    lines = [guide.id, f"  {guide.promise}", "", f"level: {_LEVELS[guide.level]}", ""]
    lines += ["why it matters:", f"  {guide.why}", "", "source:", *(f"  - {each}" for each in guide.sources), ""]
    lines += ["what a correct proxy may do:", f"  {guide.right}", "", "how to fix it:", f"  {guide.mend}", ""]
    lines += [f"cases about it ({len(shown.cases)}):", f"  {', '.join(shown.cases)}"]
    lines += ["", f"faults in them ({len(shown.faults)}):", f"  {', '.join(shown.faults)}"] if shown.faults else []
    return "\n".join(lines)


def page(family: Family, shown: Mapping[str, Shown]) -> str:
    """Return the page of a family; each invariant has its id for a heading, and so for an anchor."""
    lines = [f"# {family.title}", "", _MADE, "", family.about, ""]
    lines += ["| invariant | level | promise |", "|---|---|---|"]
    lines += [f"| [`{each.id}`](#{each.id}) | {each.level} | {each.promise} |" for each in family.guides]
    for guide in family.guides:
        lines += _section(guide, shown[guide.id])
    return "\n".join(lines) + "\n"


def overview(families: Sequence[Family]) -> str:
    """Return the page that lists every invariant and links to where it is told of."""
    lines = ["# The invariants", "", _MADE, ""]
    lines += ["Rules that every exchange of every suite is held to. `edgeproof invariants explain ID` says the same."]
    for family in families:
        lines += ["", f"## {family.title}", "", family.about, "", "| invariant | level | promise |", "|---|---|---|"]
        lines += [
            f"| [`{each.id}`]({family.name}.md#{each.id}) | {each.level} | {each.promise} |" for each in family.guides
        ]
    return "\n".join(lines) + "\n"


def _section(guide: Guide, shown: Shown) -> Iterator[str]:
    yield from ("", f"## {guide.id}", "", f"**{guide.promise}** ({_LEVELS[guide.level]}.)", "")
    yield from (f"*Why it matters.* {guide.why}", "", f"*Source.* {'; '.join(guide.sources)}.", "")
    yield from (f"*What a correct proxy may do.* {guide.right}", "", f"*How to fix it.* {guide.mend}", "")
    yield f"*Cases about it.* {', '.join(f'`{each}`' for each in shown.cases)}."
    if shown.faults:
        yield from ("", f"*Faults in them.* {', '.join(f'`{each}`' for each in shown.faults)}.")
