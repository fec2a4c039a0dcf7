"""The D1 binding: `prepare(...).all()`, `first`, `raw`, `run`, `batch`, `exec` of a database that a Worker is bound to.

The one rule: a call is one transaction, and whatever goes wrong in it is one object with `error`, which the binding
throws as `D1_ERROR: ...`, or for `exec` as `D1_EXEC_ERROR: ...`; no status is ever looked at.
Sources: `src/cloudflare/internal/d1-api.ts` in workerd, which is the client, and recordings of its requests; Cloudflare
docs, D1, return objects, debug D1.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from random import Random
from typing import Final
from urllib.parse import parse_qs

from fault_injection.cloudflare.errors import d1_error
from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.bindings.sql import Outcome, SqlError, Statement, Value, run
from harness.mock_cloudflare.request import Answer, Database, DatabaseEffect

BOOKMARK_HEADER: Final = "x-cf-d1-session-commit-token"
"""How recent what a session has seen is; its bookmarks grow as texts do."""
_PATHS: Final = ("/query", "/execute")


def answer(call: BindingCall) -> Answer:
    """Answer one call of the binding."""
    request = call.request
    if request.method != "POST" or request.path not in _PATHS:
        told = f"what the D1 binding asked for is not served here: {request.method} {request.path}"
        return Answer(surface="unknown", reply=_reply({"success": False, "error": told}, status=501))
    name = call.binding.bound_to
    before = call.stores.databases.get(name, Database())
    rng = Random(call.identity.digest)  # ids and dice of an exchange come from one digest
    try:
        statements = _statements(request.body)
        outcomes, after = run(before, statements, now_s=call.identity.now_s, rng=rng)
    except SqlError as error:
        return Answer(surface="d1.query", reply=replace(_reply(None), body=d1_error(str(error))))
    by_rows = parse_qs(request.query).get("resultsFormat") == ["ROWS_AND_COLUMNS"]
    results = [
        {"success": True, "results": _by_rows(each) if by_rows else _by_name(each), "meta": _meta(call, each)}
        for each in outcomes
    ]
    reply = _reply(results).with_header(BOOKMARK_HEADER, _bookmark(name, after))
    kept = DatabaseEffect(name=name, after=after) if after is not before else None
    return Answer(surface="d1.query", reply=reply, kept=kept)


def _statements(body: bytes) -> list[Statement]:
    """Return what a body asks for, one statement or a batch of them."""
    try:
        asked = json_text.load(body)
    except json_text.BadJsonError as error:
        raise SqlError(f"could not parse request body: {error}") from error
    items = asked if isinstance(asked, list) else [asked]
    return [_statement(item) for item in items]


def _statement(item: object) -> Statement:
    text = item.get("sql") if isinstance(item, dict) else None
    values = item.get("params") if isinstance(item, dict) else None
    if not isinstance(text, str) or not isinstance(values, list | None):
        raise SqlError("a statement has the text `sql` and the list `params`")
    return Statement(text, tuple(map(_value, values or ())))


def _value(told: object) -> Value:
    """Return a parameter as JavaScript has it: every number is a double, a list is bytes."""
    match told:
        case str():
            return told.encode("utf-8", "replace").decode()
        case int() | float() if abs(told) < 2**1023:
            return float(told)
        case list() if all(isinstance(item, int) and 0 <= item < 256 for item in told):
            return bytes(told)
        case None:
            return None
        case _:
            raise SqlError("a parameter is a text, a number, null or a list of bytes")


def _by_rows(outcome: Outcome) -> object:
    return {"columns": outcome.columns, "rows": outcome.rows}


def _by_name(outcome: Outcome) -> object:
    return [dict(zip(outcome.columns, row, strict=True)) for row in outcome.rows]


def _meta(call: BindingCall, outcome: Outcome) -> dict[str, object]:
    """Tell what a statement did. Its time is made up, as nothing here has a clock, and of the rows that it read those
    are counted that it returned: SQLite's own count is out of reach."""
    took_ms = call.identity.digest[0] / 1000
    return {
        "served_by": "v3-prod",
        "served_by_region": "WEUR",
        "served_by_colo": call.settings.colo,
        "served_by_primary": True,
        "timings": {"sql_duration_ms": took_ms},
        "duration": took_ms,
        "changes": outcome.changes,
        "last_row_id": outcome.last_row_id,
        "changed_db": outcome.changed,
        "size_after": outcome.size_bytes,
        "rows_read": len(outcome.rows),
        "rows_written": outcome.changes,
        "total_attempts": 1,
    }


def _bookmark(name: str, database: Database) -> str:
    """Return what a session has seen, which is the same until somebody writes."""
    digest = hashlib.sha256(f"{name}|{database.commits}".encode("utf-8", "replace")).hexdigest()
    return f"{database.commits:08x}-00000000-00004e5d-{digest[:32]}"


def _reply(value: object, *, status: int = 200) -> Reply:
    return replace(json_reply(json_text.dump(value), status=status), binding="d1")
