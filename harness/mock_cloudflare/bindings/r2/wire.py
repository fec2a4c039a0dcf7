"""How a Worker's R2 binding writes what it asks, and reads what is answered.

The one rule: what is asked stands in JSON, in a header or in front of the value, and so does what is answered; a value
is never touched. An error is a status and a header with R2's own code, and a missing key is one of them.
Sources: `src/workerd/api/r2-rpc.c++` and `r2-api.capnp` in workerd, which are the client; Cloudflare docs, R2, error
codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from fault_injection.chat import load
from fault_injection.cloudflare.errors import R2_ERROR_HEADER, r2_error
from fault_injection.reply import Reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.request import Request, StoredObject, StoreEffect

SIZE_HEADER: Final = "cf-r2-metadata-size"
REQUEST_HEADER: Final = "cf-r2-request"
MOST_KEY_BYTES: Final = 1024
_WHOLE: Final = re.compile(r"[0-9]{1,19}")

Outcome: TypeAlias = tuple[Reply, StoreEffect | None]
Fields: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a bucket, and the value that comes with it."""

    told: dict[str, Any]
    value: bytes = b""

    @property
    def method(self) -> str:
        """R2's own word for the call."""
        return self.text("method")

    def text(self, name: str) -> str:
        """Return a field as text; empty for one that is not there."""
        return str(self.told.get(name) or "")

    @property
    def key(self) -> str:
        """The key that is meant.

        Raises:
            RefusedError: no object can have it.
        """
        key = self.text("object")
        if not key or len(key.encode("utf-8", "replace")) > MOST_KEY_BYTES:
            raise RefusedError(R2.BAD_KEY)
        return key

    @property
    def http_fields(self) -> Fields:
        """What is said of the value."""
        fields = self.told.get("httpFields")
        return tuple((str(name), str(text)) for name, text in fields.items()) if isinstance(fields, dict) else ()

    @property
    def custom_fields(self) -> Fields:
        """The metadata that is the Worker's own."""
        own = self.told.get("customFields")
        items = [item for item in own if isinstance(item, dict)] if isinstance(own, list) else []
        return tuple((str(item.get("k", "")), str(item.get("v", ""))) for item in items)


def asked_by(request: Request) -> Asked:
    """Read a request of the binding; one that cannot be read asks for nothing."""
    if request.method != "PUT":
        return Asked(told=load((request.header(REQUEST_HEADER) or "").encode("latin-1", "replace")) or {})
    size = request.header(SIZE_HEADER) or ""
    length = int(size) if size.isdecimal() and len(size) < 9 else 0
    return Asked(told=load(request.body[:length]) or {}, value=request.body[length:])


def whole(value: object) -> int | None:
    """Return a size or a time, which is written as a number or as text; None for whatever else."""
    text = str(value)
    return int(text) if _WHOLE.fullmatch(text) else None


def told(metadata: dict[str, object], value: bytes = b"") -> Reply:
    """Build an answer: what is told, and a value behind it."""
    text = json_text.dump(metadata)
    return Reply(headers=((SIZE_HEADER, str(len(text))),), body=text + value, binding="r2")


def refused(row: R2) -> Reply:
    """Build the error of a row."""
    text = r2_error(row.value.code, row.value.text)
    return Reply(status=row.value.status, headers=((R2_ERROR_HEADER, text),), binding="r2")


def unmet(found: StoredObject | None) -> Reply:
    """Build the answer to a condition that does not hold, with the object that is there."""
    text = json_text.dump(shown(found)) if found is not None else b""
    reply = refused(R2.UNMET)
    return replace(reply, headers=((SIZE_HEADER, str(len(text))), *reply.headers), body=text)


def shown(found: StoredObject) -> dict[str, object]:
    """Return what is told of an object."""
    return {
        "name": found.key,
        "version": found.version,
        "size": str(len(found.value)),
        "etag": found.etag,
        "uploaded": str(found.uploaded_ms),
        "httpFields": dict(found.http_fields),
        "customFields": [{"k": name, "v": text} for name, text in found.custom_fields],
        "checksums": {} if found.parts_etag else {"0": found.etag},
        "storageClass": "Standard",
    }
