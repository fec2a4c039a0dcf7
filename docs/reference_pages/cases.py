"""The cases, a page for each family, each case told as `edgeproof cases explain` tells it.

A case's heading is HTML: Sphinx would first carry each of the many hundred sections into the sidebar of every page,
only to leave it out there, which takes most of the time of a build.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from reference_pages.markdown import code, escaped, table
from scenarios import catalogue
from scenarios.case import Case
from scenarios.index import families

_INVARIANT: Final = re.compile(r"\[([a-z-]+)\]$")
"""The invariant behind what must be seen."""


def address(case_id: str) -> str:
    """Return where a case is told of, seen from the folder of the reference."""
    return f"cases/{case_id.partition('.')[0]}.md#{case_id}"


def pages() -> Iterator[tuple[str, partial[str]]]:
    """Yield the name of each page, and what makes it."""
    for family in families():
        yield f"{family}.md", partial(page, family)


def index(folder: str) -> str:
    """Return the table that leads to the pages, which are in a folder as seen from where the table stands."""
    rows = [
        (f"[`{family}`]({folder}/{family}.md)", catalogue.titles()[family], str(len(cases)))
        for family, cases in families().items()
    ]
    return "\n".join(table(("family", "about", "cases"), rows))


def page(family: str) -> str:
    """Return the page of a family as Markdown."""
    cases = families()[family]
    lines = [f"# Cases: {family}", "", f"{len(cases)} cases about {catalogue.titles()[family]}. Play them:", ""]
    lines += ["```sh", f"edgeproof run my-proxy.toml --case '{family}.*'", "```"]
    lines += table(("case", "level", "promise"), [(code(each.id), each.level, escaped(each.promise)) for each in cases])
    for case in cases:
        lines += _section(case)
    return "\n".join(lines)


def _section(case: Case) -> Iterator[str]:
    yield from (f'<h2 id="{case.id}">{case.id}</h2>', "", f"**{escaped(case.promise)}**", "")
    facts, *told, _ = catalogue.explain(case).split("\n\n")[1:]
    for line in facts.splitlines():
        name, _, text = line.partition(": ")
        yield f"- *{_capital(name)}*: {escaped(text)}"
    for paragraph in told:
        title, *lines = paragraph.splitlines()
        yield from ("", f"*{_capital(title.rstrip(':'))}:*", "")
        yield from (f"- {_item(line)}" for line in lines)
    yield from ("", f"*Invariants it is about:* {_listed(case.focus)}.", "")
    if used := dict.fromkeys(fault.id for fault in catalogue.faults(case)):
        yield from (f"*Faults in it:* {_listed(used)}.", "")


def _item(line: str) -> str:
    told = line.strip().removeprefix("- ")
    number, _, rest = told.partition(". ")
    text = escaped(rest if number.isdecimal() else told)
    return _INVARIANT.sub(r"(`\1`)", text)


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in ids)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
