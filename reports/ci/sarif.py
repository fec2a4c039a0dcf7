"""A record as SARIF 2.1.0, as code scanning of GitHub, and others, read it: one result for each problem.

The one rule: a result is the same result tomorrow. Its rule is its invariant and its fingerprint is the identity of
its problem, neither of which holds a number, a seed or an order.

Sources: SARIF 2.1.0 (OASIS), §3.14 run, §3.27 result, §3.35 suppression; GitHub docs, SARIF support for code scanning,
which wants a location in every result, reads `primaryLocationLineHash`, and shows `help` beside an alert.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from reports import outcome
from reports.ci.moments import after
from reports.ci.standing import Judged, Place, Standing, judged
from reports.invariants import GUIDES
from reports.record import Level, RunRecord, Verdict
from reports.visible import as_prose, on_one_line

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_DOUBTS: Final = {Verdict.INCONCLUSIVE: "warning", Verdict.HARNESS_ERROR: "error"}
_NO_FILE: Final = "edgeproof/target-without-a-file/"
"""Stands for the file of a target that has none: code scanning refuses a result without a location, and shows one in
a file that is not there without a preview."""

_Json = dict[str, Any]


def render(record: RunRecord) -> str:
    """Return the record as a SARIF log with one run."""
    found = judged(record)
    rules = list(dict.fromkeys(each.told.problem.invariant for each in found))
    run: _Json = {
        "tool": {
            "driver": {
                "name": "edgeproof",
                "semanticVersion": record.edgeproof,
                "rules": [_rule(each, found) for each in rules],
            }
        },
        "automationDetails": {"id": f"edgeproof/{_slug(record.target.name)}/"},
        "invocations": [_invocation(record, found)],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(record, each, rules.index(each.told.problem.invariant)) for each in found],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(invariant: str, found: Iterable[Judged]) -> _Json:
    """Return what is told of an invariant; one that this edgeproof does not know has its id for everything."""
    guide = GUIDES.get(invariant)
    heaviest = min(each.told.problem.level for each in found if each.told.problem.invariant == invariant)
    level = guide.level if guide else heaviest
    rule: _Json = {
        "id": _line(invariant),
        "shortDescription": {"text": _line(guide.promise if guide else invariant)},
        "defaultConfiguration": {"level": _level(level)},
        "properties": {
            "tags": ["edgeproof", str(level)],
            "precision": "very-high",
            "problem.severity": _level(level),
        },
    }
    if guide:
        told = (guide.promise, guide.why, f"How to fix it: {guide.mend}", f"Source: {'; '.join(guide.sources)}.")
        rule["fullDescription"] = {"text": guide.why}
        rule["help"] = {"text": "\n\n".join(told)}
    return rule


def _result(record: RunRecord, each: Judged, rule: int) -> _Json:
    told, problem = each.told, each.told.problem
    lines = [told.message, f"Seen in {told.share}; {told.case.id} shows it best: {told.case.promised}"]
    lines += [f"To see it again: {told.case.replay}"] if told.case.replay else []
    result: _Json = {
        "ruleId": _line(problem.invariant),
        "ruleIndex": rule,
        "level": _level(problem.level),
        "message": {"text": as_prose("\n".join(lines))},
        "locations": [_location(record, each.place)],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{sha256(problem.id.encode()).hexdigest()[:16]}:1",
            "edgeproofProblem/v1": _line(problem.id),
        },
        "properties": {
            "cases": [_line(name) for name in problem.cases],
            "clearest": _line(told.case.id),
            "seed": record.seed,
        },
    }
    if record.gate and record.gate.baseline is not None:
        result["baselineState"] = "unchanged" if each.standing is Standing.KNOWN else "new"
    if each.standing is Standing.KNOWN:
        reasons = dict.fromkeys(known.reason for known in each.known if known.reason)
        why = "; ".join(reasons) or "known in the baseline"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": as_prose(why)}]
    return result


def _location(record: RunRecord, place: Place | None) -> _Json:
    if place is None:
        text = f"The target {record.target.name} has no target file: there is no line to point at."
        where = {"uri": _NO_FILE + quote(_slug(record.target.name)), "uriBaseId": _ROOT}
        return {
            "physicalLocation": {"artifactLocation": where, "region": {"startLine": 1}},
            "message": {"text": _line(text)},
        }
    said = f"What the target file claims: {place.claim}." if place.claim else "The target file."
    return {
        "physicalLocation": {"artifactLocation": _artifact(place.file), "region": {"startLine": place.line}},
        "message": {"text": _line(said)},
    }


def _artifact(file: str) -> _Json:
    path = PurePosixPath(file)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(str(path)), "uriBaseId": _ROOT}


def _invocation(record: RunRecord, found: Sequence[Judged]) -> _Json:
    """Return how the run went: what it could not judge and which gate was missed are no results, but notifications."""
    notes = [
        _notification(_DOUBTS[case.verdict], f"{case.id} could not be judged: {case.cause}")
        for case in record.cases
        if case.verdict in _DOUBTS
    ]
    notes += [_notification("error", f"A gate was missed: {words}") for words in outcome.missed(record)]
    if found and found[0].place is None:
        words = f"The target {record.target.name} has no target file; its results point at a name that stands for it."
        notes.append(_notification("note", words))
    return {
        "executionSuccessful": outcome.exit_code(record) != outcome.INCONCLUSIVE,
        "exitCode": outcome.exit_code(record),
        "exitCodeDescription": _line(outcome.verdict_line(record)),
        "startTimeUtc": _utc(record.started_at),
        "endTimeUtc": _utc(after(record.started_at, record.duration_s)),
        "toolExecutionNotifications": notes,
    }


def _notification(level: str, text: str) -> _Json:
    return {"level": level, "message": {"text": as_prose(text)}}


def _level(level: Level) -> str:
    return "error" if level is Level.MUST else "warning"


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-") or "target"


def _line(text: str) -> str:
    return on_one_line(text)


def _utc(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
