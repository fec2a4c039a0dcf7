"""Reading bodies as they come: what form they have, their codings, and whatever makes no sense."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fault_injection.reply import event
from harness.core.observed.bodies import read_body
from harness.core.observed.history import Piece
from harness.core.observed.reading import Reading
from tests.harness.core.histories import answer, stream, streamed


def _read_bytes(body: bytes, content_type: str = "", encoding: str = "") -> Reading:
    return read_body([Piece(0.0, body)], content_type, encoding)


@pytest.mark.parametrize(
    ("body", "content_type", "form"),
    [
        (b"", "application/json", "nothing"),
        (b"", "text/event-stream", "stream"),
        (b"data: {}\n\n", "", "stream"),
        (b"event: x\n\n", "text/plain", "stream"),
        (b": hello\n\n", "application/json", "stream"),
        (b"{}", "Text/Event-Stream; charset=utf-8", "stream"),
        (b"{}", "", "json"),
        (b"{", "application/json", "json"),
        (b"<html>", "text/html", "other"),
        (b"[" * 5000, "application/json", "json"),
    ],
)
def test_the_form_follows_the_content_type_and_the_first_bytes(body: bytes, content_type: str, form: str) -> None:
    at_once = _read_bytes(body, content_type)
    in_bytes = read_body([Piece(0.0, body[at : at + 1]) for at in range(len(body))], content_type)

    assert (at_once.form, in_bytes.form) == (form, form)
    assert not at_once.claims_success


@pytest.mark.parametrize("body", [b"{", b"[1]", b"7", b'"\xff"'])
def test_a_body_that_is_no_json_object_is_malformed(body: bytes) -> None:
    reading = _read_bytes(body, "application/json")

    assert len(reading.malformed) == 1
    assert not reading.claims_success


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_a_compressed_stream_is_read(compress: Callable[[bytes], bytes]) -> None:
    coded = compress(stream("Hello").body_bytes)

    reading = read_body([Piece(0.0, coded[:9]), Piece(1.0, coded[9:])], "text/event-stream", "GZip")

    assert (reading.text, reading.done, reading.undecodable) == ("Hello", True, False)


def test_a_compressed_stream_is_read_as_far_as_it_came() -> None:
    body = b"".join(event(json.dumps({"response": f"{number}"})).raw for number in range(2000))

    reading = _read_bytes(gzip.compress(body)[:-2000], "text/event-stream", "gzip")

    assert reading.text.startswith("012345")
    assert not reading.claims_success


def test_a_body_in_another_coding_than_it_names_is_undecodable() -> None:
    reading = _read_bytes(stream("Hello").body_bytes, "text/event-stream", "gzip")

    assert (reading.undecodable, reading.claims_success) == (True, False)


def test_the_line_at_which_a_stream_stopped_is_kept() -> None:
    reading = _read_bytes(b'data: {"response":"a"}\n\ndata: {"resp', "text/event-stream")

    assert (reading.rest, reading.unterminated, reading.malformed) == (b'data: {"resp', True, [])


def test_nesting_that_can_be_read_and_not_written_again_is_no_crash() -> None:
    for depth in range(800, 1000):
        nested = b"[" * depth + b"]" * depth
        for body in (b'{"response":{"a":' + nested + b"}}", nested, b'{"error":{"a":' + nested + b"}}"):
            reading = _read_bytes(body, "application/json")

            assert reading.form == "json"


@pytest.mark.parametrize(
    "beside", [b"[" * 5_000 + b"]" * 5_000, b"9" * 10_000, rb'"\ud83d"'], ids=["deep", "long", "half"]
)
def test_what_python_alone_would_refuse_does_not_hide_an_answer(beside: bytes) -> None:
    body = answer("Hello").body_bytes[:-1] + b',"beside":' + beside + b"}"

    reading = _read_bytes(body, "application/json")

    assert (reading.text, reading.malformed, reading.claims_success) == ("Hello", [], True)


_KEYS = [
    "error", "errors", "success", "result", "response", "choices", "delta", "message", "content", "tool_calls",
    "function", "name", "arguments", "id", "index", "finish_reason", "usage", "prompt_tokens", "type", "role",
]  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.lists(_JSON, max_size=4))
def test_no_json_makes_the_reader_raise(values: list[Any]) -> None:
    in_stream = _read_bytes(streamed(*(json.dumps(value) for value in values)).body_bytes, "text/event-stream")
    in_json = _read_bytes(json.dumps(values[0] if values else {}).encode(), "application/json")

    assert in_stream.form == "stream"
    assert in_json.form == "json"


@given(st.binary(), st.sampled_from(["text/event-stream", "application/json", ""]), st.sampled_from(["", "gzip"]))
def test_no_bytes_make_the_reader_raise(body: bytes, content_type: str, encoding: str) -> None:
    reading = _read_bytes(body, content_type, encoding)

    assert reading.form in ("stream", "json", "other", "nothing")
