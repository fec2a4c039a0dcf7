"""The failing exchanges of a record as HAR 1.2, for browsers' network panels and whatever else reads it.

The one rule: a page is a case, an entry one exchange with its lane in the comment, and nothing is here that the
record does not hold, which was redacted when it was kept. Source: HAR 1.2 (Odvarko), which allows fields of one's own
whose names begin with an underscore.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from reports.ci.moments import LONGEST_S, after
from reports.record import Body, CaseResult, Exchange, RunRecord

_UNKNOWN: Final = -1
"""What HAR writes for a size or a time that is not known or does not apply."""
_LANES: Final = {"client": "client to target", "upstream": "target to upstream"}

_Json = dict[str, Any]


def render(record: RunRecord) -> str:
    """Return the archive: one page for each case that broke a promise and kept its exchanges."""
    cases = [case for case in record.cases if case.exchanges]
    pages = [_page(record, case) for case in cases]
    entries = [entry for case in cases for entry in _entries(record, case)]
    log = {
        "version": "1.2",
        "creator": {"name": "edgeproof", "version": record.edgeproof},
        "comment": f"{record.target.name}, seed {record.seed}",
        "pages": pages,
        "entries": entries,
    }
    return json.dumps({"log": log}, indent=1, ensure_ascii=False) + "\n"


def _page(record: RunRecord, case: CaseResult) -> _Json:
    found = "; ".join(f"{finding.invariant}: {finding.message}" for finding in case.findings)
    more = f" ({case.exchanges_left_out} more exchanges are not kept)" if case.exchanges_left_out else ""
    return {
        "id": case.id,
        "title": f"{case.id}: {case.promised}",
        "startedDateTime": _moment(record, case, min(each.started_s for each in case.exchanges)),
        "pageTimings": {},
        "comment": f"{found}{more}",
    }


def _entries(record: RunRecord, case: CaseResult) -> Iterator[_Json]:
    for each in sorted(case.exchanges, key=lambda each: each.started_s):
        timings = _timings(each)
        faults = f"; faults: {', '.join(each.faults)}" if each.faults else ""
        yield {
            "pageref": case.id,
            "startedDateTime": _moment(record, case, each.started_s),
            "time": round(sum(timings.values()), 3),
            "request": _request(each),
            "response": _response(each),
            "cache": {},
            "timings": timings,
            "comment": f"{_LANES[each.lane]}, {each.label}; ended: {each.end or 'not yet'}{faults}",
            "_lane": each.lane,
            "_exchange": each.exchange,
            "_faults": list(each.faults),
        }


def _moment(record: RunRecord, case: CaseResult, at_s: float) -> str:
    """Return the time of day; without a clock of the run, a case counts from the run's begin."""
    zero_s = record.clock_s if record.clock_s is not None else min(each.started_s for each in case.exchanges)
    return after(record.started_at, at_s - zero_s).isoformat(timespec="milliseconds")


def _timings(each: Exchange) -> dict[str, float]:
    """Return how long sending, waiting and receiving took, in milliseconds."""
    sent_s = each.started_s if each.sent_s is None else each.sent_s
    end_s = max(filter(None, (each.end_s, each.head_s, each.sent_s, each.started_s)), default=each.started_s)
    head_s = end_s if each.head_s is None else each.head_s
    return {
        "send": _ms(sent_s - each.started_s),
        "wait": _ms(head_s - sent_s),
        "receive": _ms(end_s - head_s),
    }


def _ms(value_s: float) -> float:
    return round(min(max(0.0, value_s), LONGEST_S) * 1000, 3)


def _request(each: Exchange) -> _Json:
    request: _Json = {
        "method": each.method,
        "url": each.url,
        "httpVersion": each.http_version,
        "cookies": [],
        "headers": _fields(each.request_headers),
        "queryString": _fields(parse_qsl(urlsplit(each.url).query, keep_blank_values=True)),
        "headersSize": _UNKNOWN,
        "bodySize": each.request.coded_bytes,
    }
    if each.request.size_bytes:
        request["postData"] = {"mimeType": _type(each.request_headers), "text": each.request.text}
        if comment := _about(each.request, coded=each.request.is_base64):
            request["postData"]["comment"] = comment
    return request


def _response(each: Exchange) -> _Json:
    content: _Json = {"size": each.body.size_bytes, "mimeType": _type(each.headers), "text": each.body.text}
    if each.body.is_base64:
        content["encoding"] = "base64"
    if comment := _about(each.body, coded=False):
        content["comment"] = comment
    response: _Json = {
        "status": each.status or 0,
        "statusText": _reason(each.status),
        "httpVersion": each.http_version,
        "cookies": [],
        "headers": _fields(each.headers),
        "content": content,
        "redirectURL": next((value for name, value in each.headers if name.lower() == "location"), ""),
        "headersSize": _UNKNOWN,
        "bodySize": each.body.coded_bytes,
    }
    if each.status is None:
        response["comment"] = "no answer came"
    return response


def _fields(pairs: Iterable[tuple[str, str]]) -> list[_Json]:
    return [{"name": name, "value": value} for name, value in pairs]


def _type(headers: Iterable[tuple[str, str]]) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def _about(body: Body, *, coded: bool) -> str:
    """Say what of a body is not as it was: postData knows no encoding of its text."""
    told = ["in Base64"] if coded else []
    told += [f"{body.left_out_bytes} bytes behind it are left out"] if body.left_out_bytes else []
    return "; ".join(told)


def _reason(status: int | None) -> str:
    try:
        return HTTPStatus(status or 0).phrase
    except ValueError:
        return ""
