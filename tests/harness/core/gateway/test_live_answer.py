from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.rendering import Asked, render
from fault_injection.reply import Chunked, Length, Reply, UntilClose, json_reply
from fault_injection.wire import Close, Keep, Reset, Send, Wait, payload
from harness.core.gateway.live_answer import LiveAnswer
from harness.core.observed.history import UpstreamEnd
from tests.fault_injection.golden import OPENAI


def heard(reply: Reply, *, asked: Asked | None = None, until: int | None = None, method: str = "POST") -> LiveAnswer:
    """An answer as it comes when the script of a reply is played, on a clock that starts at 10 s."""
    answer = LiveAnswer(method, version="1.1", asked_s=10.0)
    at_s = 10.0
    for action in render(reply, asked or Asked())[:until]:
        match action:
            case Wait(seconds=seconds):
                at_s += seconds
            case Send(data=data):
                answer.feed(data, at_s)
    return answer


@pytest.mark.parametrize(
    "reply",
    [
        replace(OPENAI, wait_s=0.5),
        replace(OPENAI, framing=Length()),
        replace(OPENAI, framing=Chunked(trailers=(("x-checked", "yes"),))),
        json_reply(b'{"a": 1}'),
        replace(json_reply(b"x" * 70_000), framing=Chunked()),
        Reply(status=204),
    ],
    ids=["stream", "stream with a length", "trailers", "json", "chunked json", "no content"],
)
def test_an_answer_without_faults_makes_the_same_script_again(reply: Reply) -> None:
    answer = heard(reply)

    assert answer.is_complete
    script = render(answer.whole())
    assert payload(script) == payload(render(reply))
    assert [each for each in script if isinstance(each, Wait)] == [
        each for each in render(reply) if isinstance(each, Wait)
    ]
    assert script[-1] == Keep()


def test_an_answer_until_the_close_ends_with_it() -> None:
    answer = heard(replace(OPENAI, framing=UntilClose()))

    assert not answer.is_complete
    assert render(answer.whole(UpstreamEnd.CLOSED))[-1] == Close()


@pytest.mark.parametrize(("end", "ending"), [(UpstreamEnd.RESET, Reset()), (UpstreamEnd.CLOSED, Close())])
def test_an_answer_that_broke_off_is_broken_off_in_the_same_way(end: UpstreamEnd, ending: Close | Reset) -> None:
    answer = heard(OPENAI, until=4)

    script = render(answer.whole(end))

    assert script[-1] == ending
    assert payload(script) == payload((*render(OPENAI)[:4], ending))


def test_the_events_that_are_whole_are_there_before_the_end_is() -> None:
    answer = LiveAnswer("POST", version="1.1", asked_s=0.0)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    answer.feed(head + b"data: 1\n\ndata: 2\r", 1.0)
    one = answer.so_far().events
    answer.feed(b"\n\r\ndata: 3", 3.0)
    two = answer.so_far().events

    assert [event.raw for event in one] == [b"data: 1\n\n"]
    assert [(event.raw, event.wait_s) for event in two] == [(b"data: 1\n\n", 0.0), (b"data: 2\r\n\r\n", 2.0)]
    assert answer.whole(UpstreamEnd.CLOSED).events[-1].raw == b"data: 3"


def test_a_stream_that_is_compressed_is_a_body_like_any_other() -> None:
    answer = heard(OPENAI.with_header("content-encoding", "gzip"))

    assert (answer.is_stream, answer.coding) == (False, "gzip")
    assert answer.so_far().body == OPENAI.body_bytes


def test_the_answer_to_a_head_request_keeps_the_length_it_tells() -> None:
    answer = heard(json_reply(b'{"a": 1}'), asked=Asked(head_only=True), method="HEAD")

    assert answer.is_complete
    assert ("content-length", "8") in answer.whole().headers


def test_an_answer_that_announces_its_close_keeps_doing_so() -> None:
    answer = heard(replace(OPENAI, ending=Close()))

    assert not answer.keeps
    script = render(answer.whole())
    assert (script[-1], payload(script).count(b"connection: close")) == (Close(), 1)


def test_a_length_that_is_told_twice_is_one_length() -> None:
    answer = LiveAnswer("POST", version="1.1", asked_s=0.0)
    answer.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nHello", 1.0)

    assert answer.is_complete
    assert payload(render(answer.whole())).endswith(b"\r\n\r\nHello")
