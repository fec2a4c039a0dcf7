"""A record as workflow commands of GitHub Actions, which a job's log turns into annotations on lines.

The one rule: GitHub shows ten annotations of each kind of one step and drops the rest without a word, so no more are
written, and the last one tells what had no room. Source: GitHub docs, workflow commands; actions/runner,
`ExecutionContext.cs` (ten issues of a kind in a step, 4,096 characters each) and `ActionCommand.cs` (escaping).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from reports import outcome
from reports.ci.standing import Judged, Place, Standing, judged
from reports.overview import amount
from reports.record import RunRecord, Verdict
from reports.visible import as_prose, on_one_line

AT_MOST: Final = 10
"""Annotations of one kind in one step."""
_MESSAGE_AT_MOST: Final = 4000
_TITLE_AT_MOST: Final = 200

_Kind = Literal["error", "warning", "notice"]
_KINDS: Final[dict[Standing, _Kind]] = {
    Standing.FAILING: "error",
    Standing.TOLD: "warning",
    Standing.KNOWN: "notice",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    kind: _Kind
    title: str
    message: str
    place: Place | None = None


def render(record: RunRecord) -> str:
    """Return the commands, one a line, the errors first; a file that GitHub does not find is shown without a line."""
    notes = [*_problems(judged(record)), *_rest(record)]
    kinds: tuple[_Kind, ...] = ("error", "warning", "notice")
    return "".join(f"{_command(note)}\n" for kind in kinds for note in _bounded(notes, kind))


def _problems(found: Iterable[Judged]) -> Iterator[_Note]:
    for each in found:
        told = each.told
        lines = [told.message, f"{told.case.id}, {told.share}. {told.case.promised}", told.case.replay]
        lines += [f"known: {known.reason}" for known in each.known[:1] if known.reason]
        yield _Note(
            kind=_KINDS[each.standing],
            title=f"{told.problem.invariant} ({told.problem.level})",
            message="\n".join(filter(None, lines)),
            place=each.place,
        )


def _rest(record: RunRecord) -> Iterator[_Note]:
    """Yield what fails or spoils a run besides its problems."""
    code = outcome.exit_code(record)
    for words in outcome.missed(record):
        yield _Note(kind="error" if code == outcome.MISSED else "warning", title="gate missed", message=words)
    doubts = [case for case in record.cases if case.verdict in (Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR)]
    if doubts:
        first = doubts[0]
        message = f"{amount(len(doubts), 'case')} could not be judged, among them {first.id}: {first.cause}"
        yield _Note(kind="error" if code == outcome.INCONCLUSIVE else "warning", title="inconclusive", message=message)
    elif code == outcome.INCONCLUSIVE:
        yield _Note(kind="error", title="inconclusive", message=outcome.verdict_line(record))


def _bounded(notes: Iterable[_Note], kind: _Kind) -> list[_Note]:
    """Return the notes of a kind, as many as are shown."""
    alike = [note for note in notes if note.kind == kind]
    if len(alike) <= AT_MOST:
        return alike
    rest = len(alike) - AT_MOST + 1
    more = f"{rest} more are not annotated; the step summary and results.json have all of them"
    return [*alike[: AT_MOST - 1], _Note(kind=kind, title=f"and {rest} more", message=more)]


def _command(note: _Note) -> str:
    where = [("file", note.place.file), ("line", str(note.place.line))] if note.place else []
    named = [*where, ("title", _short(f"edgeproof: {on_one_line(note.title)}", _TITLE_AT_MOST))]
    properties = ",".join(f"{name}={_property(value)}" for name, value in named)
    return f"::{note.kind} {properties}::{_data(_short(as_prose(note.message), _MESSAGE_AT_MOST))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _short(text: str, at_most: int) -> str:
    return text if len(text) <= at_most else text[: at_most - 1] + "…"
