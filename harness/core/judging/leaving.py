"""When a target can know that its client has left.

A server is told at once: the connection closes. workerd, as it runs on a developer's machine, looks at that only when
it writes; the first write still goes out, and what the other end answers to it fails the next. On Cloudflare's edge
the same Worker is told at once, so what it does in between is not its fault.

The one rule: nobody is blamed for what they could not know, and a case in which nothing could be known is told as such.
"""

from __future__ import annotations

from itertools import chain
from math import inf
from typing import Final

from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import UpstreamEnd

WHY_NOT: Final = (
    "workerd on this machine notices that a client has left only when it writes to it, and there was nothing to write"
)
_PIECES: Final = 3
_SOON_S: Final = 1.0
"""A target that ends a call so soon behind its last piece has not waited in vain for more."""


def known_s(view: CaseView, ask: AskView) -> float:
    """Return when the target can have known that the client of this request had left; infinity for never.

    For one that notices by writing that is when upstream had sent the third piece of a stream behind it. The head of
    an answer makes nobody write; every event does, unless the target holds it back, which is another invariant's
    business.
    """
    left_s = ask.client.end_s
    if not view.notices_by_writing:
        return left_s
    if not ask.wants_stream:
        return inf
    sent = sorted(piece.at_s for piece in chain.from_iterable(call.exchange.pieces for call in ask.known))
    behind = [at_s for at_s in sent if at_s > left_s]
    return behind[_PIECES - 1] if len(behind) >= _PIECES else inf


def unnoticed(view: CaseView) -> bool:
    """Whether clients left, and none of them so that the target can have known it, or did."""
    gone = [ask for ask in view.asks if not ask.stayed]
    return bool(gone) and all(known_s(view, ask) == inf and not _let_go(ask) for ask in gone)


def _let_go(ask: AskView) -> bool:
    """Whether a target ended a call that had more to say, behind something that it had to write to who had left.

    What was on its way when the client left may bear a time before that. So may all there was to write, where the
    target let go at once; one that only waited in vain for more ends later.
    """
    return ask.wants_stream and any(
        call.exchange.end is UpstreamEnd.PEER_LEFT
        and call.ended_s >= ask.client.end_s
        and any(piece.at_s > min(ask.client.end_s, call.ended_s - _SOON_S) for piece in call.exchange.pieces)
        for call in ask.known
    )
