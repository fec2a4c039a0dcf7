"""What a search begins with: cases that chance meets only after minutes, and that careless targets get wrong.

The one rule: each is a case like any that a search thinks up, judged by every invariant and expecting nothing of its
own; it takes what a target claims to decide which are worth their time.

The covering array plays the plain form of each fault. What means something else in another form is here: a status that
declines for good, a body that is no stream, an outage that opens a breaker, a store that serves what is too old.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from fault_injection.families import client, http, http_framing, kv, sse_ends, tcp
from fault_injection.fault import Fault
from scenarios.case import Case, Step, Upstream
from scenarios.case_file import found_case
from scenarios.prompt import Prompt
from scenarios.searching.reach import Reach

_DECLINED: Final = (400, 401, 403, 404, 413, 422)
"""Statuses that another attempt does not mend."""
_IN_BODY: Final = 420
"""A byte in the body of a whole answer of `_SAID`: behind its head, before its end."""
_SAID: Final = Prompt(tokens=12)
_TORN: Final[tuple[Fault, ...]] = (
    tcp.Reset(at_byte=_IN_BODY),
    tcp.FinEarly(at_byte=_IN_BODY),
    tcp.Blackhole(after_byte=_IN_BODY),
    http_framing.WrongContentLength(),
    http_framing.GzipTruncated(),
    tcp.Slice(),
    http_framing.Gzip(),
    tcp.DuplicateSegment(at_byte=_IN_BODY),
)
"""What happens to bytes on their way, whatever they mean."""
_STREAMED: Final[tuple[Fault, ...]] = (
    *(sse_ends.Truncate(after=3, end=end) for end in ("clean", "fin", "reset")),
    tcp.Coalesce(),
)
"""Streams that stop too early, in every way; and one whose events all come in one read, which is chance otherwise."""
_AT_ONCE: Final = 4
_IN_VAIN: Final = 8
"""Requests in a row: more than any sane breaker lets pass."""


def openings(reach: Reach) -> Iterator[Case]:
    """Yield the cases that a search begins with at a target, those that take longest first."""
    if reach.kv and reach.restart and reach.outlives:
        yield _too_old()
    if reach.breaker_failures and reach.rests:
        yield _outage()
    if reach.streaming:
        yield _unread()
        yield _left()
    yield _each("torn", _TORN)
    if reach.streaming:
        yield _each("streams", _STREAMED, stream=True)
    if reach.fallback:
        yield _one_model_down()
    yield _each("declined", [http.Status(code=code) for code in _DECLINED])


def _each(name: str, faults: Sequence[Fault], *, stream: bool = False) -> Case:
    """Ask for an answer under each fault, a few at a time."""
    steps = [
        Step(
            label=f"row-{at}",
            question=f"q-{at}",
            prompt=_SAID,
            stream=stream,
            start="after" if at % _AT_ONCE == 1 else "with",
        )
        for at in range(1, len(faults) + 1)
    ]
    rules = [
        Upstream(faults=(fault,), surface="ai.*", question=step.question, first=1, must_strike=False)
        for step, fault in zip(steps, faults, strict=True)
    ]
    return found_case(f"pairs.{name}", steps, rules)


def _unread() -> Case:
    """Ask for far more than any buffer on the way holds, do not read it for a while, and leave."""
    flood = Prompt(tokens=960, token_bytes=65_536, ascii=True)
    reader = (client.SlowReader(bytes_per_s=50_000_000, pause_s=2.5), client.AbortAfter(events=3))
    return found_case("pairs.unread", [Step(prompt=flood, faults=reader)])


def _left() -> Case:
    """Leave soon after an answer has begun that goes on for far longer than a target may take to give it up."""
    return found_case(
        "pairs.left", [Step(prompt=Prompt(tokens=120, pace_s=0.05), faults=(client.AbortAfter(events=3),))]
    )


def _too_old() -> Case:
    """Renew an answer that is too old; when that is too old as well, the store serves a new process the first one."""
    fill = Step(label="fill", stream=False)
    renew = replace(fill, label="renew", pause="cache-ttl")
    late = replace(renew, label="late", restart=True)
    stale = Upstream(faults=(kv.Stale(),), surface="kv.get", question=None, after=2, must_strike=False)
    return found_case("pairs.too-old", [fill, renew, late], [stale])


def _outage() -> Case:
    """Ask in vain until a breaker must have opened, once more, and twice when it has had its rest."""
    steps = [
        Step(label="in-vain", question="in-vain", stream=False, times=_IN_VAIN),
        Step(label="next", question="next", stream=False),
        Step(label="rested", question="rested", stream=False, pause="breaker-open"),
        Step(label="after", question="after", stream=False),
    ]
    down = Upstream(faults=(http.Status(code=503),), question="in-vain", must_strike=False)
    return found_case("pairs.outage", steps, [down])


def _one_model_down() -> Case:
    """Ask for what only the fallback model answers, and then for what the first one would answer again."""
    steps = [
        Step(label="down", question="down", stream=False),
        Step(label="well", question="well", stream=False),
    ]
    down = Upstream(faults=(http.Status(code=503),), question="down", model="main", must_strike=False)
    return found_case("pairs.one-model-down", steps, [down])
