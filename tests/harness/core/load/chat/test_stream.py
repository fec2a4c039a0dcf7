"""An answer as it comes, in either form of the AI SDK, however its bytes are split."""

from __future__ import annotations

import pytest

from harness.core.load.chat.stream import Streamed

EVENTS = (
    b'data: {"type":"start","messageMetadata":{"conversationId":"c1"}}\n\n'
    b'data: {"type":"text-start","id":"0"}\n\ndata: {"type":"text-delta","delta":"Hel"}\n\n'
    b'data: {"type":"text-delta","delta":"l\xc3\xb6"}\n\ndata: {"type":"finish"}\n\ndata: [DONE]\n\n'
)
LINES = b'f:{"messageId":"m"}\n0:"Hel"\n0:"l\xc3\xb6"\nd:{"finishReason":"stop"}\n'


def read(body: bytes, size: int) -> Streamed:
    said = Streamed()
    for at in range(0, len(body), size):
        said.feed(body[at : at + size], float(at))
    return said


@pytest.mark.parametrize("body", [EVENTS, LINES], ids=["events", "lines"])
@pytest.mark.parametrize("size", [2, 7, 10_000])
def test_text_and_end_are_read_however_the_bytes_are_split(body: bytes, size: int) -> None:
    said = read(body, size)

    assert (said.texts, said.text, said.finished, said.error) == (["Hel", "lö"], "Hellö", True, "")


def test_the_first_text_is_timed_when_it_came() -> None:
    first = EVENTS.index(b'"Hel"')

    assert (read(EVENTS, 1).begun_s or 0) > first
    assert read(EVENTS[:first], 1).begun_s is None


def test_the_start_names_the_conversation_by_its_own_field() -> None:
    other = Streamed(conversation_field="talk")
    other.feed(b'data: {"type":"start","talk":"t1"}\n\n', 0.0)

    assert read(EVENTS, 9).conversation == "c1"
    assert other.conversation == "t1"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'data: {"type":"text-delta","delta":"a"}\n\ndata: {"type":"error","errorText":"broke"}\n\n', "broke"),
        (b'0:"a"\n3:"broke"\n', "broke"),
        (b'data: {"type":"text-delta","delta":"a"}\n\ndata: what\n\ndata: 7\n\n', ""),
        (b'0:"a"\nwhat\n', ""),
    ],
)
def test_what_breaks_off_or_is_not_understood_is_no_end(body: bytes, error: str) -> None:
    said = read(body, 10_000)

    assert (said.text, said.finished, said.error) == ("a", False, error)
