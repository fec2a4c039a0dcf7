"""What passed through a gateway, as JSON that loses nothing: from the gateway's process to whoever judges it.

The one rule: reading gives back what was written, to the byte and to the time; it is for loopback and for judging,
never shown to people. Where it could be read by others, `without_credentials` goes first.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from harness.core.observed.hidden.credentials import MARK, is_credential_header
from harness.core.observed.history import Bypassed, Piece, Unkept, UpstreamEnd, UpstreamExchange

_PLAIN = tuple(
    item.name
    for item in fields(UpstreamExchange)
    if item.name not in ("body", "pieces", "unkept", "bypassed", "request_headers", "faults", "end")
)


def without_credentials(exchange: UpstreamExchange) -> UpstreamExchange:
    """Return an exchange in whose request nobody's credentials stand."""
    kept = tuple((name, MARK if is_credential_header(name) else value) for name, value in exchange.request_headers)
    return replace(exchange, request_headers=kept)


def to_json(exchanges: Iterable[UpstreamExchange]) -> list[dict[str, Any]]:
    """Return exchanges as JSON can hold them."""
    return [
        {
            **{name: getattr(each, name) for name in _PLAIN},
            "request_headers": [list(pair) for pair in each.request_headers],
            "body": b64encode(each.body).decode(),
            "faults": list(each.faults),
            "bypassed": [[item.fault, item.because] for item in each.bypassed],
            "pieces": [[piece.at_s, b64encode(piece.data).decode()] for piece in each.pieces],
            "unkept": [[part.at_s, part.size_bytes] for part in each.unkept],
            "end": each.end.value,
        }
        for each in exchanges
    ]


def from_json(rows: Iterable[Mapping[str, Any]]) -> tuple[UpstreamExchange, ...]:
    """Read what `to_json` wrote."""
    return tuple(
        UpstreamExchange(
            **{name: row[name] for name in _PLAIN},
            request_headers=tuple((name, value) for name, value in row["request_headers"]),
            body=b64decode(row["body"]),
            faults=tuple(row["faults"]),
            bypassed=tuple(Bypassed(fault=fault, because=because) for fault, because in row["bypassed"]),
            pieces=tuple(Piece(at_s, b64decode(data)) for at_s, data in row["pieces"]),
            unkept=tuple(Unkept(at_s, size_bytes) for at_s, size_bytes in row["unkept"]),
            end=UpstreamEnd(row["end"]),
        )
        for row in rows
    )
