"""`results.json`: every object and field that its published schema has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_pages.attribute_docs import attribute_docs
from reference_pages.markdown import MADE, anchor, escaped, table
from reference_pages.meanings import checked
from reference_pages.meanings import described as words_of
from reference_pages.schema_words import default_of, in_words
from reports import schema
from reports.record import RunRecord
from reports.record.part import Part

_HEAD: Final = """# results.json

{made}

The record of a run: everything that the reports show is in it, and `edgeproof report` makes them again from it.
[A JSON schema](../../reports/results.schema.json) (draft 2020-12) describes it. Keys are only ever added: a reader
should ignore those it does not know. It holds no secret.
"""
_TOP: Final = RunRecord.__name__
_SAID: Final = {
    "RunRecord.schema": "The schema it fulfils; a minor number behind it only adds keys.",
    "RunRecord.seed": "What decided every draw.",
    "RunRecord.profile": "How much was played.",
    "RunRecord.target": "The proxy that was judged.",
    "RunRecord.started_at": "When the run began.",
    "RunRecord.duration_s": "How long it took.",
    "RunRecord.verdict": "The worst verdict of its cases.",
    "RunRecord.counts": "How many cases have each verdict.",
    "RunRecord.cases": "Every case that was played, or left out with a cause.",
    "RunRecord.load": "What the load suite measured.",
    "RunRecord.leaks": "What the leak suite measured.",
    "RunRecord.coverage": "How much of the proxy's code was reached.",
    "RunRecord.properties": "What the searches tried and found.",
    "CaseResult.id": "The case's id.",
    "CaseResult.title": "Its title.",
    "CaseResult.suite": "The suite that played it.",
    "CaseResult.level": "What a breach does to the run.",
    "CaseResult.verdict": "What it came to.",
    "CaseResult.duration_s": "How long it took.",
    "CaseResult.promised": "What a correct proxy does.",
    "CaseResult.saw": "What this one did, in one line.",
    "CaseResult.findings": "The rules that it broke.",
    "CaseResult.faults": "What went wrong upstream, or at the client, as fault specs.",
    "CaseResult.curl": "What was asked, as a command, at that run's address; `replay --hold` prints one that works.",
    "CaseResult.wire": "The wire log of both sides.",
    "Finding.invariant": "The rule that was broken.",
    "Finding.level": "What a breach of it does to the run.",
    "Finding.message": "What was seen, in one sentence.",
    "Finding.evidence": "Both sides of the exchange, and where they differ.",
    "Problem.invariant": "The rule that was broken.",
    "Cause.id": "The mistake's id.",
    "Against.known": "Breaches that the baseline excuses.",
    "Against.new": "Breaches that it does not name.",
    "Breach.level": "What it does to the run.",
    "Breach.first_seen": "The day on which it was first seen.",
    "Breach.reason": "Why it is excused, in its owner's words.",
    "Gate.fail_on": "The lowest level whose breach fails the run.",
    "Round.round": "The number of the round, from 1.",
    "Round.verdict": "What the case came to in it.",
    "Round.saw": "What was seen.",
    "Round.cause": "Why it could not be judged, where it could not.",
    "Round.findings": "The rules that were broken in it.",
    "Shard.merged": "Whether parts were joined to it.",
    "Stability.rounds": "How often the cases were played.",
    "Stability.cases": "Those that did not come to the same each time.",
    "Target.name": "Its name.",
    "Target.url": "Where it listened.",
    "Target.command": "What started it.",
    "Target.capabilities": "What its file claims.",
    "Unsteady.id": "The case's id.",
    "Unsteady.differs": "What differs from round to round.",
    "WireRow.at_s": "Seconds since the case began.",
    "WireRow.lane": "Which side of the proxy it was seen on.",
    "WireRow.kind": "What happened.",
    "WireRow.label": "The same in words.",
    "WireRow.size_bytes": "How many bytes it was.",
}
"""Words for fields whose own docstrings are not there; any other has its docstring."""


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
    for name, whole_of in objects().items():
        title = "The record" if name == _TOP else name
        lines += [anchor(name), "", f"## {title}", "", escaped(checked(name, words_of(whole_of.get("description"))))]
        own = attribute_docs(kinds[name]) if name in kinds else {}
        rows = []
        for place, owner, value in places():
            key = place.rpartition(".")[2]
            if owner == name:
                said = checked(place, own.get(key) or _SAID.get(place, ""))
                rows.append((f"{anchor(place)}`{key}`", in_words(value, links=words), default_of(value), escaped(said)))
        lines += table(("key", "value", "default", "meaning"), rows)
    return "\n".join(lines).rstrip() + "\n"


def _parts(kind: type) -> Iterator[type]:
    children: list[type] = kind.__subclasses__()
    for child in children:
        yield child
        yield from _parts(child)
