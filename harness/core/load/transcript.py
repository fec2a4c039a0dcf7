"""A client's side of an exchange, small enough to be sent in thousands.

The one rule: nothing that was observed is lost or rounded. What follows from the job (the request) is left out and put
in again; times are moved to the receiver's clock by the one offset that the sender measured.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from harness.core.load.job import LoadJob, question
from harness.core.observed.history import ClientEnd, ClientExchange, Piece


def pack(exchange: ClientExchange, *, offset_s: float = 0.0) -> dict[str, Any]:
    """Return an exchange as JSON can hold it, its times `offset_s` later."""

    def moved(at_s: float | None) -> float | None:
        return None if at_s is None else at_s + offset_s

    return {
        "name": exchange.label,
        "started_s": moved(exchange.started_s),
        "sent_s": moved(exchange.sent_s),
        "head_s": moved(exchange.head_s),
        "end_s": moved(exchange.end_s),
        "status": exchange.status,
        "headers": [list(pair) for pair in exchange.headers],
        "at_s": [piece.at_s + offset_s for piece in exchange.pieces],
        "sizes": [len(piece.data) for piece in exchange.pieces],
        "body": base64.b64encode(exchange.body).decode("ascii"),
        "end": str(exchange.end),
        "problem": exchange.problem,
    }


def unpack(data: Mapping[str, Any], job: LoadJob) -> ClientExchange:
    """Return the exchange that `pack` was given, with the request that the job has under its name."""
    body = base64.b64decode(data["body"])
    pieces, start = [], 0
    for at_s, size in zip(data["at_s"], data["sizes"], strict=True):
        pieces.append(Piece(at_s, body[start : start + size]))
        start += size
    return ClientExchange(
        method="POST",
        path=job.path,
        request_headers=job.headers,
        moves=question(job, data["name"]).moves,
        started_s=data["started_s"],
        sent_s=data["sent_s"],
        head_s=data["head_s"],
        status=data["status"],
        headers=tuple((name, value) for name, value in data["headers"]),
        pieces=tuple(pieces),
        end=ClientEnd(data["end"]),
        end_s=data["end_s"],
        problem=data["problem"],
        label=data["name"],
        dialect=job.dialect,
        identity="a",
    )
