"""`results.json`: every object and field that its published schema has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_pages.attribute_docs import attribute_docs
from reference_pages.markdown import MADE, anchor, escaped, table
from reference_pages.schema_words import default_of, in_words
from reports import schema
from reports.record import RunRecord
from reports.record.part import Part

_HEAD: Final = """# results.json

{made}

The record of a run: everything that the reports show is in it, and `edgeproof report` makes them again from it. [A JSON
schema](../../reports/results.schema.json) (draft 2020-12) describes it. Keys are only ever added: a reader should ignore
those it does not know. It holds no secret.
"""
_TOP: Final = RunRecord.__name__


def objects() -> dict[str, Mapping[str, Any]]:
    """Return the schema of every object in a record by its name, the record itself first."""
    whole = json.loads(schema.text())
    named = {name: each for name, each in whole["$defs"].items() if each.get("type") == "object"}
    return {_TOP: whole, **named}


def places() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield every field: its place, its object and its schema."""
    for name, described in objects().items():
        for key, value in described.get("properties", {}).items():
            yield f"{name}.{key}", name, value


def page() -> str:
    """Return the page as Markdown."""
    whole = json.loads(schema.text())
    words = {
        name: f"[{name}](#{name})" if name in objects() else in_words(each, links={})
        for name, each in whole["$defs"].items()
    }
    kinds = {kind.__name__: kind for kind in _parts(Part)}
    lines = [_HEAD.format(made=MADE)]
    for name, described in objects().items():
        title = "The record" if name == _TOP else name
        lines += [anchor(name), "", f"## {title}", "", escaped(" ".join(described.get("description", "").split()))]
        said = attribute_docs(kinds[name]) if name in kinds else {}
        by_key = {"schema": "schema_name"}
        rows = [
            (
                f"{anchor(place)}`{place.rpartition('.')[2]}`",
                in_words(value, links=words),
                default_of(value),
                escaped(said.get(by_key.get(place.rpartition(".")[2], place.rpartition(".")[2]), "")),
            )
            for place, owner, value in places()
            if owner == name
        ]
        lines += table(("key", "value", "default", "meaning"), rows)
    return "\n".join(lines).rstrip() + "\n"


def _parts(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from _parts(each)
