"""What every fault does to an API of typed events: it writes what the API has, or strikes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from random import Random

import pytest

from fault_injection.apply import serve
from fault_injection.chat import Json, chunk_of
from fault_injection.dialects.known import is_end, spoken, spoken_by, spoken_in
from fault_injection.fault import Fault, Law, ReplyFault, Turn
from fault_injection.registry import ALL
from fault_injection.reply import Event, Reply, event, stream_reply
from tests.fault_injection.golden import ANSWERS, DONE, MESSAGES, RESPONSES, STREAMS, TYPED, TYPED_ANSWERS, typed
from tests.fault_injection.meaning import event_data

pytestmark = pytest.mark.usefixtures("unmeasured")

FAMILIES = ("sse.", "chat.", "payload.")
ON_REPLIES = [kind for kind in ALL.values() if issubclass(kind, ReplyFault) and kind.id.startswith(FAMILIES)]
each_fault = pytest.mark.parametrize("kind", ON_REPLIES, ids=[kind.id for kind in ON_REPLIES])
ADDED = {"x_upstream"}
OF_CHATS = {
    "sse.done_without_finish": RESPONSES,
    "sse.empty_choices_chunk": MESSAGES,
    "sse.event_name": RESPONSES,
    "sse.finish_without_done": RESPONSES,
    "sse.many_tiny_events": MESSAGES,
    "sse.numeric_text": RESPONSES,
    "sse.role_only_first": MESSAGES,
    "sse.tool_args_broken": RESPONSES,
    "sse.usage_twice": MESSAGES,
    "sse.wrong_index": MESSAGES,
    "chat.fields(which=usage_details)": MESSAGES,
    "chat.usage": MESSAGES,
    "chat.reasoning": RESPONSES,
    "payload.empty_choices": TYPED_ANSWERS[0],
    "payload.events_instead": TYPED_ANSWERS[1],
    "payload.success_false": TYPED_ANSWERS[0],
}


def forms(kind: type[ReplyFault]) -> Iterator[ReplyFault]:
    """A fault as it is without a word, and with each word that its parameters know."""
    yield kind()
    for item in kind.parameters():
        yield from (kind(**{item.name: choice}) for choice in item.choices if choice != item.default)


def written(fault: ReplyFault, before: Reply) -> Iterator[Event]:
    """What of a struck stream was not there before, as far as it is JSON."""
    known = {item.raw for item in before.events}
    after = fault.apply(before, Turn(Random(1)))
    yield from (item for item in after.events if item.raw not in known and chunk_of(item) is not None)


@each_fault
@pytest.mark.parametrize("before", TYPED, ids=["messages", "responses"])
def test_a_fault_writes_events_of_the_api_alone_each_named_after_its_type(
    kind: type[ReplyFault], before: Reply
) -> None:
    for item in chain.from_iterable(written(fault, before) for fault in forms(kind)):
        chunk = chunk_of(item) or {}
        name = re.search(rb"^(?:\xef\xbb\xbf)?event: ?(\S+)", item.raw.replace(b"\r", b"\n"), re.MULTILINE)
        assert spoken_in(chunk) is spoken(before.events)
        assert name is not None
        assert name.group(1).decode() == chunk["type"]


@each_fault
def test_a_fault_that_keeps_the_meaning_keeps_what_the_events_of_an_api_say(kind: type[ReplyFault]) -> None:
    def known(value: Json) -> Json:
        return {name: item for name, item in value.items() if name not in ADDED}

    def told(reply: Reply) -> list[Json]:
        return [json.loads(data, object_hook=known) for data in event_data(reply.body_bytes)]

    same = [fault for fault in forms(kind) if fault.law in (Law.SAME_MEANING, Law.SAME_BYTES) and not fault.tell]
    for before in TYPED:
        for fault in same:
            assert told(fault.apply(before, Turn(Random(1)))) == told(before)


@pytest.mark.parametrize("spec", OF_CHATS)
def test_what_only_chats_have_is_told_as_not_struck(spec: str) -> None:
    fault: Fault
    (fault,) = (each for kind in ON_REPLIES for each in forms(kind) if str(each) == spec)

    served = serve([fault], OF_CHATS[spec], Turn(Random(1)))

    assert not served.struck
    assert [item.fault for item in served.bypassed] == [fault]


def test_a_stream_and_an_answer_tell_which_api_they_are_of() -> None:
    names = [api.name for api in map(spoken, (reply.events for reply in TYPED)) if api]
    answers = [api.name for api in (spoken_by(json.loads(reply.body_bytes)) for reply in TYPED_ANSWERS) if api]

    assert names == answers == ["Messages", "Responses"]


@pytest.mark.parametrize("reply", STREAMS)
def test_chats_are_of_none(reply: Reply) -> None:
    assert spoken(reply.events) is None
    assert [is_end(item) for item in reply.events] == [item.is_done for item in reply.events]


def test_what_says_nothing_is_of_no_api() -> None:
    assert spoken(()) is None
    assert spoken((Event(b": hi\n\n"), DONE)) is None
    assert spoken((event('{"type":"text-delta"}'),)) is None
    assert all(spoken_by(json.loads(reply.body_bytes)) is None for reply in ANSWERS)


def test_an_error_is_of_the_api_whose_errors_have_numbers_or_not() -> None:
    numbered, plain = typed("error", sequence_number=1), typed("error", error={})

    assert [api.name for api in map(spoken, ((numbered,), (plain,))) if api] == ["Responses", "Messages"]


def test_each_api_has_an_end_mark_of_its_own() -> None:
    incomplete = stream_reply((typed("response.incomplete"), typed("response.failed"), typed("response.created")))

    assert [sum(map(is_end, reply.events)) for reply in (*TYPED, incomplete)] == [1, 1, 2]
