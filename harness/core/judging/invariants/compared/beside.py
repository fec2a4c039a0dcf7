"""What an answer says beside its text and its tool calls, field by field; and what comes that nobody asked for.

The one rule: a field that arrives arrives whole. Whether one arrives at all is a must where the client asked for it or
where it is the answer; for the rest correct targets differ, and it is told.
Source: OpenAI API, chat completion object and chunk object. Reasoning is in no version of it: a client that reads it
knows it from Workers AI, DeepSeek or vLLM.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from harness.core.judging.asked.values import departures, same
from harness.core.judging.evidence import around
from harness.core.judging.invariants.content import is_astray
from harness.core.judging.invariants.fields import against_sources
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.reading import Choice, Reading, as_utf8
from harness.core.observed.said import HEAD
from reports.record import Level

_FIELD: Final = "what upstream said beside its text did not arrive as it was sent"
_FRAME: Final = "what stands around upstream's choices did not arrive as it was sent"
_OBJECTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "stream": frozenset({"chat.completion.chunk"}),
        "json": frozenset({"chat.completion"}),
        "other": frozenset(),
        "nothing": frozenset(),
    }
)
"""What an answer of each form calls itself."""
_TOKENS: Final = ("content", "refusal")
"""The lists of log probabilities that OpenAI's reference has."""


def fields_kept(view: CaseView) -> Iterator[Breach]:
    """Reasoning, a refusal, annotations, audio and log probabilities arrive as upstream said them."""
    return against_sources(view, _differs)


def _differs(ask: AskView, source: Reading) -> Breach | None:
    if not ask.succeeded:
        return None
    for index, sent in source.choices.items():
        got = ask.reading.choices.get(index)
        if got is None:
            continue  # `choices-separate` tells of it
        breach = next(_of_choice(ask, sent, got), None)
        if breach is not None:
            level = Level.OBSERVE if is_astray(ask, source) else breach.level
            return Breach(breach.message, level, breach.evidence)
    return next(_of_head(ask, source), None)


def _of_choice(ask: AskView, sent: Choice, got: Choice) -> Iterator[Breach]:
    yield from _text("refusal", sent.said.refusal, got.said.refusal, lost=None)
    yield from _logprobs(ask, sent, got)
    wants_audio = "audio" in ((ask.request or {}).get("modalities") or ())
    lost = None if wants_audio else Level.SHOULD
    if sent.said.audio and not same(sent.said.audio, got.said.audio):
        what = "none came" if not got.said.audio else "another came"
        yield Breach(f"{_FIELD}; of its audio {what}", lost if not got.said.audio else None)
    yield from _list("annotations", sent.said.annotations, got.said.annotations, lost=Level.SHOULD)
    yield from _text("reasoning", sent.said.reasoning, got.said.reasoning, lost=Level.SHOULD)


def _text(name: str, sent: list[str], got: list[str], *, lost: Level | None) -> Iterator[Breach]:
    """Compare a text that is beside the text; where all of it is missing, that weighs `lost`."""
    was, now = as_utf8("".join(sent)), as_utf8("".join(got))
    if was and not now:
        yield Breach(f"{_FIELD}; of its {name} none came: {was[:40]!r}", lost, around(was, now))
    elif was and was != now:
        told = f"{_FIELD}; of its {name} another text came, {len(now)} of {len(was)} characters"
        yield Breach(told, None, around(was, now))


def _list(name: str, sent: list[object], got: list[object], *, lost: Level | None) -> Iterator[Breach]:
    if sent and not got:
        yield Breach(f"{_FIELD}; of its {name} none came", lost)
    elif sent and not _is_carried(sent, got):
        evidence = around(json.dumps(sent, sort_keys=True), json.dumps(got, sort_keys=True))
        yield Breach(f"{_FIELD}; of its {len(sent)} {name} {len(got)} came", None, evidence)


def _is_carried(sent: list[object], got: list[object]) -> bool:
    """Whether every item is there with all that it says; a target may add keys that a library wants."""
    return len(sent) == len(got) and all(
        each.kind == "added" for one, other in zip(sent, got, strict=True) for each in departures(one, other, "item")
    )


def _logprobs(ask: AskView, sent: Choice, got: Choice) -> Iterator[Breach]:
    asked = bool((ask.request or {}).get("logprobs"))
    for name in _TOKENS:
        was, now = sent.said.logprobs.get(name, []), got.said.logprobs.get(name, [])
        yield from _list(f"log probabilities of {name}", was, now, lost=None if asked else Level.SHOULD)


def _of_head(ask: AskView, source: Reading) -> Iterator[Breach]:
    for name in HEAD:
        was, now = source.head.get(name), ask.reading.head.get(name)
        if was is not None and was != now:
            yield Breach(f"{name} was {now!r}, upstream said {was!r}", Level.SHOULD)
    yield from _of_frame(ask.reading, source)


def _of_frame(got: Reading, sent: Reading) -> Iterator[Breach]:
    """Compare what stands around the choices. Readers that check types refuse an answer without it."""
    if not (got.frame.is_there and sent.frame.is_there):
        return
    gone = sorted(sent.frame.keys - got.frame.keys)
    if gone:
        yield Breach(f"{_FRAME}; its {' and '.join(gone)} did not arrive", Level.SHOULD)
    if got.form == sent.form and sent.role_seen and not got.role_seen:
        yield Breach(f"{_FRAME}; the role of the message did not arrive", Level.SHOULD)
    if got.frame.unindexed and not sent.frame.unindexed:
        yield Breach(f"{_FRAME}; a choice came without its index", Level.SHOULD)
    strange = got.frame.objects - _OBJECTS[got.form]
    if strange and not sent.frame.objects - _OBJECTS[sent.form]:
        yield Breach(f"{_FRAME}; it came as {got.form} and calls itself {min(strange)!r:.40}", Level.SHOULD)


def usage_unasked(view: CaseView) -> Iterator[Breach]:
    """A stream client that did not ask for a chunk that only counts tokens does not get one."""
    for ask in view.asks:
        options = (ask.request or {}).get("stream_options")
        asked = isinstance(options, dict) and options.get("include_usage") is True
        if asked or not (ask.wants_stream and ask.client.status == 200 and ask.reading.counted_alone):
            continue
        unasked = [call for call in ask.known if call.reading.counted_alone and not _wanted_usage(call.asked)]
        if not unasked:  # otherwise upstream sent it by itself, and it is passed on
            yield Breach(f"{ask.name}: a chunk without choices came that counts tokens; the client did not ask for it")


def _wanted_usage(asked: dict[str, object] | None) -> bool:
    options = (asked or {}).get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


INVARIANTS = (
    Invariant("fields-kept", Level.MUST, fields_kept),
    Invariant("usage-unasked", Level.SHOULD, usage_unasked),
)
