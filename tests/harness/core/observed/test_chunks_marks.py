"""What ends an answer, and what in it makes no sense."""

from __future__ import annotations

import json

import pytest

from fault_injection.reply import Event
from tests.harness.core.histories import DONE, chunk, failure, native, streamed
from tests.harness.core.observed.test_chunks import read, read_bytes


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"error": {"message": "boom", "type": "server_error"}}, "boom"),
        ({"error": "boom"}, "boom"),
        ({"error": {"message": "", "code": 7}}, '{"error": {"message": "", "code": 7}}'),
        ({"error": [{"code": 2009, "message": "Unauthorized"}], "success": False}, "Unauthorized"),
        ({"error": 5}, '{"error": 5}'),
        ({"errors": [{"message": "AiError", "code": 3021}], "success": False}, "AiError"),
        ({"errors": "boom"}, "boom"),
        ({"success": False, "message": "boom"}, "boom"),
    ],
    ids=str,
)
def test_an_error_is_known_in_each_of_its_shapes(value: object, message: str) -> None:
    in_stream = read(streamed(chunk("a"), value, done=False))
    in_json = read_bytes(json.dumps(value).encode(), "application/json")

    for reading in (in_stream, in_json):
        assert (reading.error, reading.terminals) == (message, 1)
        assert not reading.claims_success


def test_an_event_of_type_error_is_an_error_whatever_it_says() -> None:
    reading = read(streamed(Event(b"event: error\ndata: out of luck\n\n"), done=False))

    assert (reading.error, reading.malformed) == ("out of luck", [])


def test_an_envelope_that_says_success_is_no_error() -> None:
    assert read(streamed({"success": True, "errors": [], "error": None})).error is None


def test_what_comes_behind_the_end_is_counted_and_is_no_part_of_the_answer() -> None:
    reading = read(streamed(chunk("a"), DONE, chunk("b"), {"error": "late"}, DONE, "{", done=False))

    assert (reading.text, reading.error, reading.malformed) == ("a", None, [])
    assert (reading.terminals, reading.after_terminal) == (3, 4)


@pytest.mark.parametrize(
    ("behind", "mark"),
    [
        (chunk("late"), "text"),
        (chunk(finish="stop"), "finish"),
        (chunk(finish="error"), "other"),
        ({"choices": [], "usage": {}}, "other"),
        ("{", "other"),
        (DONE, "done"),
        ({"error": "late"}, "error"),
    ],
    ids=str,
)
def test_what_comes_behind_the_end_is_told_by_its_kind(behind: object, mark: str) -> None:
    assert read(streamed({"error": "boom"}, behind, done=False)).tail == ["error", mark]


@pytest.mark.parametrize("mark", ["[DONE]", " [DONE] ", "[DONE]\t"])
def test_the_end_mark_may_have_spaces_around_it(mark: str) -> None:
    assert read(streamed(mark, done=False)).done


def test_the_end_mark_without_its_field_name_is_none() -> None:
    assert not read(streamed(Event(b"[DONE]\n\n"), done=False)).done


@pytest.mark.parametrize("data", ["{", "", "7", "null", "[1]", '"text"', "NaN", "{'a': 1}"])
def test_an_event_that_is_no_json_object_is_malformed(data: str) -> None:
    reading = read(streamed(chunk("a"), data, chunk("b")))

    assert (reading.malformed, reading.text, reading.done) == ([data], "ab", True)


def test_a_choice_that_is_no_object_is_malformed() -> None:
    reading = read(streamed({"choices": [7, {"delta": {"content": "a"}}]}))

    assert (reading.malformed, reading.choices[1].text) == (["7"], "a")


def test_an_event_merged_of_two_is_malformed_and_a_simple_client_reads_both() -> None:
    two = Event(b'data: {"response":"a"}\n' + native("b").events[0].raw)
    body = two.raw + b'data: {"response":\ndata: "c"}\n\n' + DONE.raw

    strict, simple = (read_bytes(body, "text/event-stream", by_line=by_line) for by_line in (False, True))

    assert (strict.text, len(strict.malformed)) == ("c", 1)
    assert (simple.text, simple.malformed, simple.done) == ("abc", [], True)


def test_each_line_of_an_error_event_is_an_error_to_a_simple_client() -> None:
    body = streamed(Event(b"event: error\ndata: out of\ndata: luck\n\n"), done=False).body_bytes

    simple = read_bytes(body, "text/event-stream", by_line=True)

    assert (simple.error, simple.terminals, simple.malformed) == ("out of", 2, [])


def test_an_answer_that_is_no_object_is_kept_as_it_was() -> None:
    assert read_bytes(b"[1, 2]", "application/json").malformed == ["[1, 2]"]
    assert read_bytes(b'"' + b"x" * 300 + b'"', "application/json").malformed == ['"' + "x" * 199]


def test_of_a_long_error_500_characters_are_kept() -> None:
    told = read(streamed({"error": {"code": 7, "note": "x" * 600}}, done=False)).error
    plain = read(streamed(Event(b"event: error\ndata: " + b"x" * 600 + b"\n\n"), done=False)).error

    assert (told or "").startswith('{"error": {"code": 7')
    assert [len(told or ""), plain] == [500, "x" * 500]


def test_an_error_answer_claims_nothing() -> None:
    assert not read(failure(503)).claims_success
