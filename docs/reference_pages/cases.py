"""The cases, a page for each family and a section for each case, told as `edgeproof cases explain` tells it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from reference_pages.markdown import anchor, escaped, table
from scenarios import catalogue
from scenarios.case import Case
from scenarios.index import families


def address(case_id: str) -> str:
    """Return where a case is told of, seen from the folder of the reference."""
    return f"cases/{case_id.partition('.')[0]}.md#{case_id}"


def pages() -> Iterator[tuple[str, partial[str]]]:
    """Yield the name of each page, and what makes it."""
    for family in families():
        yield f"{family}.md", partial(page, family)


def index() -> str:
    """Return the table that leads to the pages."""
    rows = [
        (f"[`{family}`]({family}.md)", catalogue.titles()[family], str(len(cases)))
        for family, cases in families().items()
    ]
    return "\n".join(table(("family", "about", "cases"), rows))


def page(family: str) -> str:
    """Return the page of a family as Markdown."""
    cases = families()[family]
    lines = [f"# Cases: {family}", "", f"{len(cases)} cases about {catalogue.titles()[family]}. Play them:", ""]
    lines += ["```sh", f"edgeproof run my-proxy.toml --case '{family}.*'", "```", ""]
    for case in cases:
        lines += _section(case)
    return "\n".join(lines)


def _section(case: Case) -> Iterator[str]:
    yield from (f"## {case.id}", "", anchor(case.id), "", f"**{escaped(case.promise)}** ({case.level})", "")
    for paragraph in catalogue.explain(case).split("\n\n")[1:]:
        first, *lines = paragraph.splitlines()
        if first.startswith(("what ", "it is about")):
            name, _, ids = first.partition(": ")
            yield from (f"{name[:1].upper()}{name[1:]}: {', '.join(f'`{each}`' for each in ids.split(', '))}." if ids else
                        f"{name[:1].upper()}{name[1:].rstrip(':')}:", "")
        else:
            yield from (f"- {escaped(each)}" for each in (first, *lines))
            lines = []
        yield from (f"- {escaped(_item(each))}" for each in lines)
        yield ""


def _item(line: str) -> str:
    told = line.strip().removeprefix("- ")
    number, _, rest = told.partition(". ")
    return rest if number.isdecimal() else told
