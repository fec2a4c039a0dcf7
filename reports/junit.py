"""A record as JUnit XML, as GitHub actions, GitLab and Jenkins read it.

The one rule: what could not be judged is an `<error>`, never a pass; a `<failure>` is what fails the run. So what a
`should` says is none, unless the run was to fail on it. What the baseline excuses is `<skipped>` with the reason: all
three show that apart from a pass and with its message, and do not turn red, as they would for a failure; a property,
none of them shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from reports import outcome
from reports.overview import Told, amount, by_case, explains, seen, told
from reports.record import CaseResult, Cause, Problem, RunRecord, Verdict

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 has no way to write, not even as a character reference."""

_ERRORS: Final = frozenset({Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR})


def render(record: RunRecord) -> str:
    """Return the record as a JUnit document: one test suite for each family of each suite."""
    found = told(record)
    shown = by_case(found)
    root = ET.Element("testsuites", {"name": "edgeproof", **_totals(record, record.cases)})
    groups: dict[str, list[CaseResult]] = {}
    for case in record.cases:
        groups.setdefault(_classname(case), []).append(case)
    for name, cases in groups.items():
        suite = ET.SubElement(root, "testsuite", {"name": _clean(name), **_totals(record, cases)})
        suite.set("timestamp", record.started_at.strftime("%Y-%m-%dT%H:%M:%S"))
        _properties(
            suite,
            {
                "verdict": outcome.verdict_line(record),
                "edgeproof": record.edgeproof,
                "seed": str(record.seed),
                "profile": record.profile,
                "target": record.target.name,
                "target-url": record.target.url,
                "rounds": str(record.stability.rounds),
                **({"shard": str(record.shard)} if record.shard else {}),
                "not-judged": _not_judged(record),
                **_problems(found, cases),
                **{f"cause-{number}": _cause(cause) for number, cause in enumerate(record.causes, start=1)},
            },
        )
        suite.extend(_test(record, case, shown.get(case.id, [])) for case in cases)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _not_judged(record: RunRecord) -> str:
    """Say in one text what the run has not judged, and why."""
    reasons = record.not_judged.get("reasons")
    rows = [row for row in reasons if isinstance(row, dict)] if isinstance(reasons, list) else []
    return "; ".join(f"{row.get('cases')} of {row.get('suite')}: {row.get('why')}" for row in rows)


def _problems(found: Sequence[Told], cases: Iterable[CaseResult]) -> dict[str, str]:
    """Return the problems that the cases of a suite show, by number."""
    ids = {case.id for case in cases}
    here = [each for each in found if not ids.isdisjoint(each.problem.cases)]
    return {f"problem-{number}": _line(each) for number, each in enumerate(here, start=1)}


def _line(told: Told) -> str:
    return f"{told.problem.id} ({told.problem.level}, {told.share}): {told.message}"


def _cause(cause: Cause) -> str:
    return f"{cause.sentence} ({explains(cause)}) {cause.mends}"


def _classname(case: CaseResult) -> str:
    return f"{case.suite}.{case.family}"


def _totals(record: RunRecord, cases: Sequence[CaseResult]) -> dict[str, str]:
    verdicts = [case.verdict for case in cases]
    return {
        "tests": str(len(verdicts)),
        "failures": str(sum(outcome.fails(record, case) for case in cases)),
        "errors": str(sum(verdict in _ERRORS for verdict in verdicts)),
        "skipped": str(sum(_is_skipped(record, case) for case in cases)),
        "time": _seconds(sum(case.duration_s for case in cases)),
    }


def _test(record: RunRecord, case: CaseResult, shows: Sequence[Told]) -> ET.Element:
    test = ET.Element(
        "testcase",
        {"classname": _clean(_classname(case)), "name": _clean(case.id), "time": _seconds(case.duration_s)},
    )
    problems = ", ".join(each.problem.id for each in shows)
    _properties(test, {"level": case.level, "verdict": case.verdict, "reference": case.reference, "problems": problems})
    match case.verdict:
        case Verdict.FAIL | Verdict.NON_STRICT if excuse := _excuse(record, case):
            ET.SubElement(test, "skipped", {"message": _clean(excuse)}).text = _clean(_story(case))
        case Verdict.FAIL | Verdict.NON_STRICT if outcome.fails(record, case):
            first = shows[0].problem if shows else None
            message = f"{first.id} (1 of {amount(len(first.cases), 'case')}): " if first else ""
            _say(test, "failure", case, message + _seen(case, first), first.invariant if first else "fail")
        case Verdict.INCONCLUSIVE | Verdict.HARNESS_ERROR:
            _say(test, "error", case, case.cause, case.verdict)
        case Verdict.NOT_APPLICABLE:
            ET.SubElement(test, "skipped", {"message": _clean(case.cause)})
        case Verdict.FAIL | Verdict.NON_STRICT | Verdict.INFO:
            ET.SubElement(test, "system-out").text = _clean(f"{case.verdict}\n{_story(case)}")
        case Verdict.PASS:
            pass
    return test


def _is_skipped(record: RunRecord, case: CaseResult) -> bool:
    return case.verdict is Verdict.NOT_APPLICABLE or bool(_excuse(record, case))


def _excuse(record: RunRecord, case: CaseResult) -> str:
    """Say why a case that broke a promise does not fail the run: all of it is in the baseline. Empty otherwise."""
    if record.gate is None or record.gate.baseline is None or outcome.fails(record, case):
        return ""
    if not outcome.gates(case.verdict, record.gate):
        return ""
    known = [each for each in record.gate.baseline.known if each.case == case.id]
    told = [
        ": ".join(filter(None, (each.invariant, each.shape)))
        + (f" since {each.first_seen}" if each.first_seen else "")
        + (f" ({each.reason})" if each.reason else "")
        for each in known
    ]
    return f"known in the baseline: {'; '.join(told) or 'its finds are'}"


def _seen(case: CaseResult, problem: Problem | None) -> str:
    """What shows a problem in this case, in its own words."""
    finding = seen(case, problem) if problem else None
    return finding.message if finding else case.saw


def _say(test: ET.Element, tag: str, case: CaseResult, message: str, kind: str) -> None:
    ET.SubElement(test, tag, {"message": _clean(message), "type": _clean(kind)}).text = _clean(_story(case))


def _story(case: CaseResult) -> str:
    lines = [("promised", case.promised), ("saw", case.saw), ("cause", case.cause)]
    for finding in case.findings:
        lines.append(("finding", f"{finding.invariant}: {finding.message}"))
        lines += [(" ", each) for each in finding.evidence]
    lines += [("faults", "  ".join(case.faults)), ("replay", case.replay)]
    return "\n".join(f"{name:<9} {text}" for name, text in lines if text)


def _properties(parent: ET.Element, values: dict[str, str]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in values.items():
        if value:
            ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})


def _seconds(value_s: float) -> str:
    return f"{value_s:.3f}"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
