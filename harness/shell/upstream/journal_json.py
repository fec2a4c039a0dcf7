"""The journal as JSON, for people and for assertions from any language.

The one rule: credentials never leave, and bodies over the bound leave as a size and a hash, so that assertions work at
any size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from harness.core.observed.hidden.credentials import is_credential_header
from harness.shell.upstream.journal import LONGEST_BODY_BYTES
from harness.shell.upstream.record import Record


def journal_json(records: Iterable[Record]) -> dict[str, object]:
    """Return the exchanges as one JSON document."""
    return {"exchanges": [record_json(record) for record in records]}


def record_json(record: Record) -> dict[str, object]:
    """Return one exchange. Bytes are text, with U+FFFD for what is not UTF-8; their hashes tell what they were."""
    sent = b"".join(piece.data for piece in record.pieces)
    return {
        "number": record.number,
        "connection": record.connection,
        "surface": record.surface,
        "method": record.method,
        "path": record.path,
        "query": record.query,
        "request_headers": [
            [name, "(redacted)" if is_credential_header(name) else value] for name, value in record.request_headers
        ],
        "body": record.body.decode(errors="replace") if record.body_bytes <= LONGEST_BODY_BYTES else None,
        "body_bytes": record.body_bytes,
        "body_sha256": record.body_sha256,
        "model": record.model,
        "nonce": record.nonce,
        "arrived_s": record.arrived_s,
        "faults": list(record.faults),
        "bypassed": [bypassed.fault for bypassed in record.bypassed],
        "bypassed_because": {bypassed.fault: bypassed.because for bypassed in record.bypassed},
        "sent": sent.decode(errors="replace") if record.sent_bytes <= LONGEST_BODY_BYTES else None,
        "sent_bytes": record.sent_bytes,
        "sent_sha256": hashlib.sha256(sent).hexdigest() if len(sent) == record.sent_bytes else None,
        "pieces": [[piece.at_s, len(piece.data)] for piece in record.pieces],
        "end": record.end.value,
        "end_s": record.end_s,
        "taken_s": record.taken_s,
        "whole": record.whole,
    }
