"""Histories by hand: replies as a mock plays them and as a client reads them, without a socket or a clock.

The one rule: a builder says nothing that its caller did not ask for; what a test is about stands in the test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any, TypeAlias

from fault_injection.client import ClientMoves
from fault_injection.rendering import render
from fault_injection.reply import Chunked, Event, Headers, Reply, event, json_reply, stream_reply
from fault_injection.wire import Close, Ending, Keep, Reset, Send, Wait
from harness.core.judging.invariants import ALL, Breach
from harness.core.judging.view import CaseView, build
from harness.core.observed.history import (
    ClientEnd,
    ClientExchange,
    HeapSample,
    History,
    Piece,
    Sample,
    Unkept,
    UpstreamEnd,
    UpstreamExchange,
    Visit,
)
from harness.core.target.claims import Breaker, Cache, Capabilities, Limits, Retry
from harness.core.target.rewrites import Rewrites
from scenarios.case import Act

NONCE = "ep-0123456789ab"
OTHER = "ep-ba9876543210"
MAIN = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
FALLBACK = "@cf/meta/llama-3.1-8b-instruct-fast"
DONE = event("[DONE]")
STREAMING = Capabilities(streaming=True)
CACHING = Capabilities(streaming=True, cache=Cache(ttl_s=2.0, streams=True, per_identity=True))
RESILIENT = Capabilities(
    streaming=True,
    retry=Retry(max_attempts=3),
    circuit_breaker=Breaker(failures=3, open_s=1.0),
    fallback_model=FALLBACK,
)
LIMITS = Limits(max_request_bytes=1000, max_messages=4, max_depth=16, deadline_s=10.0)

_LATER_S = 64.0
"""Times must be compared with one another, never with nought; a power of two leaves their differences as they are."""

Json = dict[str, Any]
Fields: TypeAlias = Any
"""Values by keyword for a constructor, which says itself what it takes."""


def chunk(
    text: str | None = None, *, finish: str | None = None, index: int = 0, wait_s: float = 0.0, **more: Fields
) -> Event:
    """Build one event of the OpenAI dialect; `more` are keys of the chunk, `delta` is laid over the text's."""
    delta = {**({} if text is None else {"content": text}), **more.pop("delta", {})}
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return event(json.dumps({"id": "chatcmpl-1", "choices": [choice], **more}), wait_s)


def stream(*texts: str, finish: str | None = "stop", done: bool = True, wait_s: float = 0.0, **more: Fields) -> Reply:
    """Build a stream of the OpenAI dialect, whole unless a mark is left out."""
    events = [chunk(text, wait_s=wait_s, **more) for text in texts]
    events += [chunk(finish=finish, **more)] if finish else []
    return stream_reply((*events, *([DONE] if done else [])))


def streamed(*values: object, done: bool = True) -> Reply:
    """Build a stream of anything: events as they are, text as the data of one, other values as its JSON."""
    events = [
        item if isinstance(item, Event) else event(item if isinstance(item, str) else json.dumps(item))
        for item in values
    ]
    return stream_reply((*events, *([DONE] if done else [])))


def native(*texts: object, done: bool = True) -> Reply:
    """Build a stream of Workers AI's native dialect."""
    return streamed(*({"response": text} for text in texts), done=done)


def answer(text: str = "Hello world", *, finish: str = "stop", **more: Fields) -> Reply:
    """Build a JSON answer of the OpenAI dialect; `more` are keys of the answer, `message` is laid over the text's."""
    message = {"role": "assistant", "content": text, **more.pop("message", {})}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json_reply(json.dumps({"id": "chatcmpl-1", "choices": [choice], **more}).encode())


def failure(status: int = 500, *, headers: Headers = ()) -> Reply:
    """Build an error answer."""
    return json_reply(
        json.dumps({"error": {"message": f"failed with {status}"}}).encode(), status=status, headers=headers
    )


def cut(reply: Reply, after: int, *more: Event, ending: Ending | None = None) -> Reply:
    """Let `after` events of a stream through, then `more`, then end it rudely and without notice."""
    framing = Chunked(terminated=False)
    body = (*reply.events[:after], *more)
    return replace(reply, body=body, framing=framing, ending=ending or Close(), sudden=True)


def request(nonce: str = NONCE, *, stream: bool = True, **params: Fields) -> bytes:
    """Build a chat request; `messages` replaces its one message."""
    messages = [{"role": "user", "content": f"{nonce} tokens=2"}]
    return json.dumps({"model": MAIN, "messages": messages, **({"stream": True} if stream else {}), **params}).encode()


def upstream(reply: Reply | bytes = b"", *, at: float = 0.1, nonce: str = NONCE, **more: Fields) -> UpstreamExchange:
    """Play a reply (or raw bytes) at the mock, from `at` on; `more` are fields of the exchange."""
    pieces, now, end = _played(reply, at)
    body: bytes = more.pop("body", request(nonce))
    known: Json = {
        "number": 1, "connection": 1, "surface": "ai.chat", "method": "POST", "path": "/v1/chat/completions",
        "request_headers": (), "body": body, "body_bytes": len(body), "body_sha256": sha256(body).hexdigest(),
        "model": MAIN, "nonce": nonce, "arrived_s": at, "pieces": pieces, "end": end,
        "end_s": None if more.get("end") is UpstreamEnd.RUNNING else now,
    }  # fmt: skip
    return UpstreamExchange(**{**known, **more})


def _played(reply: Reply | bytes, at: float) -> tuple[tuple[Piece, ...], float, UpstreamEnd]:
    if isinstance(reply, bytes):
        return ((Piece(at, reply),) if reply else ()), at, UpstreamEnd.CLOSED
    pieces: list[Piece] = []
    end = UpstreamEnd.KEPT
    for action in render(reply):
        match action:
            case Send(data):
                pieces.append(Piece(at, data))
            case Wait(seconds):
                at += seconds
            case Keep():
                end = UpstreamEnd.KEPT
            case Close():
                end = UpstreamEnd.CLOSED
            case Reset():
                end = UpstreamEnd.RESET
    return tuple(pieces), at, end


def client(reply: Reply | None = None, *, at: float = 0.0, nonce: str = NONCE, **more: Fields) -> ClientExchange:
    """Ask at `at` and read a reply 0.11 s later; without a reply none came. `more` are fields of the exchange.

    Of the request: `stream`, `params`, or the whole `body`; `moves` are more of its moves. `late_s` delays all of it.
    """
    stream = more.pop("stream", reply is None or reply.is_stream)
    body: bytes = more.pop("body", request(nonce, stream=stream, **more.pop("params", {})))
    moves = ClientMoves(body=body, **more.pop("moves", {}))
    now = at + 0.11 + more.pop("late_s", 0.0)
    head_s = now
    pieces: list[Piece] = []
    for item in (reply.events or (Event(reply.body_bytes),)) if reply else ():
        now += item.wait_s
        pieces += [Piece(now, item.raw)] if item.raw else []
    known: Json = {
        "method": "POST", "path": "/v1/chat/completions", "request_headers": (), "moves": moves,
        "started_s": at, "sent_s": at, "head_s": head_s if reply else None, "status": reply.status if reply else None,
        "headers": _sent_headers(reply), "pieces": tuple(pieces), "end_s": now, "label": "ask",
        "identity": "a",
        "end": ClientEnd.COMPLETE if reply else ClientEnd.CLOSED_EARLY,
    }  # fmt: skip
    return ClientExchange(**{**known, **more})


def _sent_headers(reply: Reply | None) -> Headers:
    """The headers as a target sends them, which says how its body is framed."""
    if reply is None:
        return ()
    return (*reply.headers, ("transfer-encoding", "chunked")) if reply.is_stream else reply.headers


def visit(act: Act, reply: Reply | None = None, *, at: float, talk: str = "t", **more: Fields) -> Visit:
    """Do something else with a conversation than ask in it; `more` are fields of the exchange."""
    exchange = client(reply, **{"at": at, "body": b"", "method": "GET", "talk": talk, "label": act, **more})
    return Visit(act=act, exchange=exchange)


def view(
    clients: ClientExchange | Sequence[ClientExchange] = (),
    upstreams: UpstreamExchange | Sequence[UpstreamExchange] = (),
    *,
    claims: Capabilities = STREAMING,
    limits: Limits = LIMITS,
    secrets: tuple[str, ...] = (),
    rewrites: Rewrites | None = None,
    passes_credentials: bool = False,
    notices_by_writing: bool = False,
    **more: Fields,
) -> CaseView:
    """Build the view of a history; `more` are fields of the history."""
    history = History(
        clients=tuple([clients] if isinstance(clients, ClientExchange) else clients),
        upstreams=tuple([upstreams] if isinstance(upstreams, UpstreamExchange) else upstreams),
        **more,
    )
    return build(
        history,
        claims,
        limits,
        model=MAIN,
        secrets=secrets,
        rewrites=rewrites,
        passes_credentials=passes_credentials,
        notices_by_writing=notices_by_writing,
    )


def passed(sent: Reply, got: Reply | None = None, **more: Fields) -> CaseView:
    """Build the view of one exchange: what upstream sent, and what the client got (the same unless it is given)."""
    return view(client(got or sent, **more), upstream(sent))


def samples(*levels: tuple[float, int, int]) -> tuple[Sample, ...]:
    """Build samples from times, megabytes and descriptors."""
    return tuple(
        Sample(at_s=at_s, label="", resident_bytes=megabytes * 1_000_000, descriptors=descriptors)
        for at_s, megabytes, descriptors in levels
    )


def moved(of: CaseView, by_s: float) -> CaseView:
    """Return the same case as it would have been observed at another time."""

    def shifted(value: Fields) -> Fields:
        if isinstance(value, tuple):
            return tuple(map(shifted, value))
        if isinstance(value, Visit):
            return replace(value, exchange=shifted(value.exchange))
        if not isinstance(value, ClientExchange | UpstreamExchange | Sample | HeapSample | Piece | Unkept):
            return value
        times = {
            each.name: at_s + by_s
            for each in fields(value)
            if each.name.endswith("_s") and (at_s := getattr(value, each.name)) is not None
        }
        names = [name for name in ("pieces", "unkept") if hasattr(value, name)]
        inner = {name: shifted(getattr(value, name)) for name in names}
        return replace(value, **times, **inner)

    history = History(**{each.name: shifted(getattr(of.history, each.name)) for each in fields(History)})
    return build(
        history,
        of.claims,
        of.limits,
        model=of.model,
        secrets=of.secrets,
        rewrites=of.rewrites,
        passes_credentials=of.passes_credentials,
        notices_by_writing=of.notices_by_writing,
    )


def breaches(invariant: str, of: CaseView, *, again: CaseView | None = None) -> list[Breach]:
    """Return what one invariant finds; it must find the same whenever the case took place.

    Whoever asks many invariants of the same case gives it as it would have been `later`, which is then made but once.
    """
    found = list(ALL[invariant].check(of))
    assert list(ALL[invariant].check(again or later(of))) == found
    return found


def later(of: CaseView) -> CaseView:
    """Return the same case as it would have been observed at the time of another run."""
    return moved(of, _LATER_S)


def message(invariant: str, of: CaseView) -> str:
    """Return the message of the only breach of one invariant."""
    (breach,) = breaches(invariant, of)
    return breach.message


def silent(invariant: str, views: Iterable[CaseView]) -> bool:
    """Whether an invariant finds nothing in any of these."""
    return not any(breaches(invariant, item) for item in views)


def gave_up(*calls: Reply | UpstreamExchange, claims: Capabilities, **asked: Fields) -> CaseView:
    """Return an exchange that failed, and what upstream was asked in its time, a quarter of a second apart."""
    known = [
        upstream(call, at=0.1 + number / 4) if isinstance(call, Reply) else call for number, call in enumerate(calls)
    ]
    return view(client(failure(502), **{"end_s": 2.0, **asked}), known, claims=claims)


def wait_header(value: str) -> Headers:
    """Return the header that asks for a wait."""
    return (("Retry-After", value),)
