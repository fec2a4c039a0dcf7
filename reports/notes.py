"""What a reader must know of a run beside its problems, one line each: what was not judged, and what was measured.

The one rule: a line says how much and the main reason, never everything; the page and the record have the rest. What
a measurement lacks is left out, because its shape belongs to whoever measured it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from reports.overview import Told, amount, unexplained
from reports.record import UNSTEADY, Breach, CaseResult, RunRecord, Verdict

_NAMED_AT_MOST = 3
_GATED_AT_MOST = 3
_NUMBER = re.compile(r"\d+(\.\d+)?")
_CLAIM = "the target does not claim "


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line: what it is about, and what is to be known. `verdict` is that of the cases it is about, if of any;
    `warns` says that a gate or an objective was missed."""

    name: str
    text: str
    verdict: Verdict | None = None
    warns: bool = False


def notes(record: RunRecord, found: Sequence[Told]) -> tuple[Note, ...]:
    """Return what is to be known, what needs a reader first."""
    return tuple(_notes(record, found))


def _notes(record: RunRecord, found: Sequence[Told]) -> Iterator[Note]:
    yield from gate_notes(record)
    if besides := unexplained(record, found):
        yield Note(name="also failed", text=_named(besides), verdict=Verdict.FAIL)
    of = {verdict: [case for case in record.cases if case.verdict is verdict] for verdict in Verdict}
    if cases := of[Verdict.HARNESS_ERROR]:
        text = f"{amount(len(cases), 'case')}, as {cases[0].id}: {cases[0].cause or cases[0].saw}"
        yield Note(name="harness error", text=text, verdict=Verdict.HARNESS_ERROR)
    if cases := of[Verdict.INCONCLUSIVE]:
        yield Note(name="not judged", text=_reason(cases), verdict=Verdict.INCONCLUSIVE)
    yield from _parts(record)
    yield from _stability(record)
    for name, part in record.coverage.items():
        if isinstance(part, dict) and (text := _covered(part)):
            yield Note(name=f"{name} coverage", text=text, warns=part.get("met") is False)
    if text := _load(record.load):
        yield Note(name="load", text=text, warns=any(each.get("met") is False for each in _objectives(record.load)))
    for name, text in (
        ("leaks", _leaks(record.leaks)),
        ("searches", _searches(record.properties)),
    ):
        if text:
            yield Note(name=name, text=text)
    if cases := of[Verdict.INFO]:
        yield Note(name="observed", text=f"{amount(len(cases), 'case')}: {_named(cases)}", verdict=Verdict.INFO)
    if cases := of[Verdict.NOT_APPLICABLE]:
        yield Note(name="not claimed", text=_unclaimed(cases), verdict=Verdict.NOT_APPLICABLE)


def _parts(record: RunRecord) -> Iterator[Note]:
    """Tell what of all there is was not to be played here."""
    if isinstance(longer := record.not_judged.get("cases_for_longer_profiles"), int):
        yield Note(name="left out", text=f"{amount(longer, 'case')} not in the profile {record.profile}")
    if record.shard:
        yield Note(name="shards" if record.shard.merged else "shard", text=str(record.shard))


def gate_notes(record: RunRecord) -> Iterator[Note]:
    """Tell what a baseline does not excuse, one line each, and what can leave it."""
    told = record.gate.baseline if record.gate else None
    if told is None:
        return
    for name, breaches in (("new", told.new), ("expired", told.expired)):
        for breach in breaches[:_GATED_AT_MOST]:
            yield Note(name=name, text=f"{_until(breach)}{breach}", verdict=Verdict.FAIL)
        if (rest := len(breaches) - _GATED_AT_MOST) > 0:
            yield Note(name=name, text=f"and {rest} more", verdict=Verdict.FAIL)
    if told.mended:
        cases = ", ".join(dict.fromkeys(each.case for each in told.mended[:_NAMED_AT_MOST]))
        more = f" and {len(told.mended) - _NAMED_AT_MOST} more" if len(told.mended) > _NAMED_AT_MOST else ""
        yield Note(name="fixed", text=f"{cases}{more}; edgeproof baseline update --prune drops it")


def _until(breach: Breach) -> str:
    if breach.expires is None:
        return ""
    return f"on {breach.expires}{f' ({breach.reason})' if breach.reason else ''}: "


def _named(cases: Sequence[CaseResult]) -> str:
    rest = len(cases) - _NAMED_AT_MOST
    return ", ".join(case.id for case in cases[:_NAMED_AT_MOST]) + (f" and {rest} more" if rest > 0 else "")


def _reason(cases: Sequence[CaseResult]) -> str:
    """Say how many cases could not be judged, and the reason that most of them share, numbers in it aside."""
    alike: dict[str, list[str]] = {}
    for case in cases:
        alike.setdefault(_NUMBER.sub("0", case.cause), []).append(case.cause or "no reason given")
    main = max(alike.values(), key=len)
    share = f"; {len(main)} of them" if len(alike) > 1 else ""
    return f"{amount(len(cases), 'case')}{share}: {main[0].removeprefix('not judged: ')}"


def _stability(record: RunRecord) -> Iterator[Note]:
    if record.stability.rounds > 1:
        differs: Counter[str] = Counter(case.differs for case in record.stability.cases)
        told = [
            f"{differs[kind]} {meaning}" for kind, meaning in UNSTEADY.items() if differs[kind] or kind == "verdict"
        ]
        yield Note(name="stability", text=f"{amount(record.stability.rounds, 'round')}: {'; '.join(told)}")


def _covered(part: Mapping[str, JsonValue]) -> str:
    """Say how much was covered, and what it is held against."""
    percent, gate, met = (part.get(key) for key in ("percent", "fail_under", "met"))
    if not isinstance(percent, int | float):
        return ""
    held = f", {'the gate is' if met else 'missed the gate of'} {gate:g} %" if isinstance(gate, int | float) else ""
    files = _rows(part.get("files"))
    loaded = f" of {amount(len(files), 'file')} it loaded (target.source names more)" if part.get("counted") else ""
    return f"{percent:.1f} %{loaded}{held}"


def _load(load: Mapping[str, JsonValue]) -> str:
    answers, right, lasted_s = (load.get(key) for key in ("answers", "right", "lasted_s"))
    if not isinstance(answers, int):
        return ""
    objectives = _objectives(load)
    met = sum(each["met"] is True for each in objectives)
    parts = [f"{answers} answers, {right} right"]
    parts += [f"in {lasted_s:.0f} s"] if isinstance(lasted_s, int | float) else []
    parts += [f"{met} of {amount(len(objectives), 'objective')} met"] if objectives else []
    return ", ".join(parts)


def _objectives(load: Mapping[str, JsonValue]) -> list[dict[str, JsonValue]]:
    return [each for each in _rows(load.get("objectives")) if "met" in each]


def _leaks(leaks: Mapping[str, JsonValue]) -> str:
    rows = _rows(leaks.get("summary"))
    leaking = [f"{each.get('leaks')} in {each.get('scenario')}" for each in rows if each.get("leaks") != "nothing"]
    played = amount(len(rows), "scenario")
    return (f"{', '.join(leaking)}; {played} played" if leaking else f"none in {played}") if rows else ""


def _searches(properties: Mapping[str, JsonValue]) -> str:
    cases, failures = properties.get("cases"), properties.get("failures")
    return f"{cases} cases invented, {failures} failed" if cases is not None and failures is not None else ""


def _unclaimed(cases: Sequence[CaseResult]) -> str:
    """Say how many cases do not apply, and which claims they would need."""
    claims = Counter(_claim(case.cause) for case in cases)
    told = ", ".join(f"{name} {number}" for name, number in claims.most_common())
    return f"{amount(len(cases), 'case')}: {told}"


def _claim(cause: str) -> str:
    return cause.removeprefix(_CLAIM).partition(".")[0] if cause.startswith(_CLAIM) else cause or "no reason given"


def _rows(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
