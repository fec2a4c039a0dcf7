"""A record as one self-contained page: no request leaves it, and it works from a file, on a phone and on paper.

The one rule: a record holds bytes a hostile target chose. Everything passes through autoescape, and the policy in the
page's head lets only the one script run whose hash it names.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports import chaos, measurements, outcome
from reports.invariants import GUIDES, Guide
from reports.notes import gate_notes
from reports.overview import Told, counted, explains, told
from reports.record import UNSTEADY, CaseResult, RunRecord, Verdict, WireRow
from reports.timeline import Timeline, draw
from reports.visible import as_prose, on_one_line

ROWS_AT_MOST: Final = 120
"""Wire rows shown per case; the record holds all of them."""
_OPEN: Final = (Verdict.FAIL, Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE)
_PREVIEW_AT_MOST: Final = 160

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a verdict is written and drawn; colour never stands alone."""

    name: str
    glyph: str
    heading: str


LOOKS: Final = {
    Verdict.FAIL: Look(name="Fail", glyph="✕", heading="Broken promises"),
    Verdict.HARNESS_ERROR: Look(name="Error", glyph="E", heading="Harness errors"),
    Verdict.INCONCLUSIVE: Look(name="Inconclusive", glyph="?", heading="Inconclusive"),
    Verdict.NON_STRICT: Look(name="Non-strict", glyph="!", heading="Non-strict"),
    Verdict.INFO: Look(name="Info", glyph="i", heading="Observed"),
    Verdict.PASS: Look(name="Pass", glyph="✓", heading="Promises kept"),
    Verdict.NOT_APPLICABLE: Look(name="N/A", glyph="–", heading="Not applicable"),
}
"""In the order of the page: what needs a reader comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A wire log as far as the page shows it."""

    timeline: Timeline | None
    rows: tuple[WireRow, ...]
    more_rows: int

    @classmethod
    def of(cls, wire: tuple[WireRow, ...]) -> Self:
        """Take the beginning of a wire log."""
        shown = wire[:ROWS_AT_MOST]
        return cls(timeline=draw(shown), rows=shown, more_rows=len(wire) - len(shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A case with what the page needs beside it."""

    case: CaseResult
    anchor: str
    look: Look
    log: Log
    find: str
    is_open: bool
    """Whether a reader sees it at once: it shows a problem best, or is no word about the target."""


def render(record: RunRecord) -> str:
    """Return the page."""
    problems = told(record)
    entries = _entries(record, problems)
    families: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        families.setdefault((entry.case.suite, entry.case.family), []).append(entry)
    groups = [(verdict, [each for each in entries if each.case.verdict is verdict]) for verdict in LOOKS]
    script = Markup((_HERE / "page.js").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            record=record,
            looks=LOOKS,
            headline=headline(record),
            word=outcome.word(record),
            shown_as=outcome.shown_as(record),
            gate_says=outcome.verdict_line(record) if outcome.tells_more(record) else "",
            gate_notes=list(gate_notes(record)),
            problems=problems,
            counted=counted,
            explains=explains,
            anchors={entry.case.id: entry.anchor for entry in reversed(entries)},
            guides=_guides(record),
            share=_share,
            claims=list(measurements.rows(record.target.capabilities)),
            sections=measurements.sections(record),
            chaos=chaos.draw(record.chaos),
            unsteady=UNSTEADY,
            log=Log.of,
            families=families,
            suites=list(dict.fromkeys(case.suite for case in record.cases)),
            groups=[(verdict, found) for verdict, found in groups if found],
            style=Markup((_HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def _guides(record: RunRecord) -> dict[str, Guide]:
    """Return the texts about the invariants that this run has findings of, in the order in which people read them."""
    broken = {finding.invariant for case in record.cases for finding in case.findings}
    return {name: guide for name, guide in GUIDES.items() if name in broken}


def headline(record: RunRecord) -> str:
    """Say in one sentence what the verdict means."""
    counts, name = record.counts, record.target.name
    judged = sum(number for verdict, number in counts.items() if verdict.judged)
    match record.verdict:
        case Verdict.FAIL:
            return f"{name} failed {counts[Verdict.FAIL]} of the {_cases(judged)} it was judged in."
        case Verdict.HARNESS_ERROR:
            return f"The harness went wrong in {_cases(counts[record.verdict])}; {name} is not to blame."
        case Verdict.INCONCLUSIVE if not judged:
            return f"Nothing could be judged, so nothing is said about {name}."
        case Verdict.INCONCLUSIVE:
            return f"{_cases(counts[record.verdict])} could not be judged; nothing that was judged failed."
        case Verdict.NON_STRICT:
            return f"{name} kept every MUST and missed a SHOULD in {_cases(counts[record.verdict])}."
        case Verdict.INFO | Verdict.PASS | Verdict.NOT_APPLICABLE:
            return f"{name} held in {'the one case' if judged == 1 else f'all {judged} cases'} it was judged in."


def _share(members: list[Entry]) -> str:
    verdicts = [entry.case.verdict for entry in members if entry.case.verdict is not Verdict.NOT_APPLICABLE]
    return f"{verdicts.count(Verdict.PASS)} of {len(verdicts)} pass" if verdicts else "not claimed"


def _cases(number: int) -> str:
    return f"{number} case" if number == 1 else f"{number} cases"


def _entries(record: RunRecord, problems: Sequence[Told]) -> list[Entry]:
    folded = {case.id for each in problems for case in each.others} - {each.case.id for each in problems}
    taken: dict[str, int] = {}
    entries = []
    for case in record.cases:
        anchor = _anchor(case.id)
        taken[anchor] = taken.get(anchor, 0) + 1
        words = (case.id, case.title, case.suite, *(each.invariant for each in case.findings), *case.faults)
        entries.append(
            Entry(
                case=case,
                anchor=anchor if taken[anchor] == 1 else f"{anchor}~{taken[anchor]}",
                look=LOOKS[case.verdict],
                log=Log.of(case.wire),
                find=on_one_line(" ".join(words).lower()),
                is_open=case.verdict in _OPEN and case.id not in folded,
            )
        )
    return entries


def _anchor(name: str) -> str:
    return re.sub(r"[^\w.~-]+", "-", name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "line": on_one_line,
        "prose": as_prose,
        "preview": _preview,
        "size": _size,
        "anchor": _anchor,
    }
    return environment


def _preview(text: str) -> Markup:
    """Shorten bytes to one line, with the symbols of control characters set apart from the text around them."""
    short = text if len(text) <= _PREVIEW_AT_MOST else text[:_PREVIEW_AT_MOST] + "…"
    parts = re.split("([\u2400-\u2421\ufffd]+)", on_one_line(short))
    return Markup("").join(
        Markup("<i>{}</i>").format(part) if number % 2 else Markup(html.escape(part, quote=False))  # noqa: S704
        for number, part in enumerate(parts)
    )


def _size(size_bytes: int) -> str:
    return f"{size_bytes:,}".replace(",", "\u2009")
