"""The SQL API of Analytics Engine: `POST` with the query for a body, or `GET` with `?query=`.

The one rule: what is asked is plain SQL, whatever content type says; a form is not taken apart.
Source: Cloudflare docs, Analytics Engine, SQL API.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.mock_cloudflare.analytics.kinds import InvalidQueryError
from harness.mock_cloudflare.request import Answer, PointEffect, Request, last_of_each

OPERATIONS: Final = frozenset({"analytics-sql"})


def answer(request: Request, points: Sequence[PointEffect], *, surface: str, now_s: float) -> Answer:
    """Answer one query over the points that were written."""
    # Loaded with the first query: few targets have any, and a parser of SQL takes a while to load.
    from harness.mock_cloudflare.analytics import engine, formats
    from harness.mock_cloudflare.analytics.dialect import parse

    query = last_of_each(request.query).get("query", "") if request.method == "GET" else ""
    text = query or request.body.decode("utf-8", "replace")
    try:
        statement = parse(text)
        reply = formats.reply(engine.perform(statement, points, now_s=now_s), statement.format)
    except InvalidQueryError as refused:
        reply = formats.refusal(str(refused))
    except RecursionError:
        reply = formats.refusal("Input was invalid: nested too deeply")
    return Answer(surface=surface, reply=reply)
