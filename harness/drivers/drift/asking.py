"""One question for a real upstream, bounded in time and in size.

The one rule: whatever the upstream does is a value: an answer that came whole, or the reason why there is none.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

import httpx

from fault_injection.reply import Headers
from harness.core.drift.answer import Answered

MOST_BYTES: Final = 1_048_576
"""No answer to a question of a few tokens is longer."""


class Unanswered(Exception):  # noqa: N818 - a reason, not an error of ours
    """Why there is no whole answer. `reached` is false where nothing took the connection."""

    def __init__(self, why: str, *, reached: bool = True) -> None:
        super().__init__(why)
        self.reached = reached


async def ask(
    client: httpx.AsyncClient, *, method: str, url: str, headers: Headers, body: bytes, patience_s: float
) -> Answered:
    """Ask once and return the answer.

    Raises:
        Unanswered: it did not come whole within `patience_s` seconds and `MOST_BYTES` bytes.
    """
    came = bytearray()
    try:
        async with (
            asyncio.timeout(patience_s),
            client.stream(method, url, headers=list(headers), content=body or None) as answer,
        ):
            async for piece in answer.aiter_bytes():
                came += piece
                if len(came) > MOST_BYTES:
                    raise Unanswered(f"its answer is longer than {MOST_BYTES:,} bytes")
            told = tuple((name, value) for name, value in answer.headers.multi_items())
            return Answered(status=answer.status_code, headers=told, body=bytes(came))
    except TimeoutError:
        raise Unanswered(
            f"its answer had not come to an end after {patience_s:g} s, with {len(came):,} bytes"
        ) from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, ssl.SSLError, UnicodeError) as error:
        raise Unanswered(f"no connection: {str(error) or type(error).__name__}", reached=False) from None
    except httpx.HTTPError as error:
        raise Unanswered(
            f"its answer broke off after {len(came):,} bytes: {str(error) or type(error).__name__}"
        ) from None
