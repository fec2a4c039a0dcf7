"""How the tests read what the R2 binding is answered."""

from __future__ import annotations

import json
from typing import Any

from harness.mock_cloudflare.request import Answer


def parts_of(answer: Answer) -> tuple[dict[str, Any], bytes]:
    """The metadata and the value of an answer."""
    size = int(answer.reply.header("cf-r2-metadata-size") or 0)
    body = answer.reply.body_bytes
    return json.loads(body[:size] or b"{}"), body[size:]


def code_of(answer: Answer) -> tuple[int, int]:
    """The status and R2's own code of an error."""
    return answer.reply.status, json.loads(answer.reply.header("cf-r2-error") or "{}")["v4code"]
