"""NDJSON is read as the stream it is, and is done only where every choice says so and no line is left over."""

from __future__ import annotations

import json

import pytest

from harness.core.observed.bodies import read_body
from harness.core.observed.history import Piece
from harness.core.observed.lines import is_lines


def chunk(text: str = "", finish: str | None = None, index: int = 0) -> bytes:
    choice = {"index": index, "delta": {"content": text}, "finish_reason": finish}
    return json.dumps({"id": "a", "choices": [choice]}, ensure_ascii=False).encode() + b"\n"


WHOLE = chunk("hé") + b"\r\n" + chunk("llo") + chunk(finish="stop") + b'{"choices":[],"usage":{"total_tokens":3}}\n'


@pytest.mark.parametrize("at", range(0, len(WHOLE) + 1, 5))
def test_every_split_reads_the_same(at: int) -> None:
    reading = read_body([Piece(1.0, WHOLE[:at]), Piece(2.0, WHOLE[at:])], "application/x-ndjson; charset=utf-8")

    assert (reading.form, reading.text, reading.finishes, reading.usage) == (
        "stream",
        "héllo",
        {0: "stop"},
        {"total_tokens": 3},
    )
    assert (reading.done, reading.claims_success, reading.unterminated, reading.terminals) == (True, True, False, 1)


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        (chunk("hi"), b""),
        (chunk("hi") + chunk(finish="stop")[:-1], chunk(finish="stop")[:-1]),
        (chunk("hi") + chunk(finish="stop") + b'{"cho', b'{"cho'),
        (chunk("hi", "stop") + chunk("ho", None, 1), b""),
        (b"", b""),
    ],
)
def test_lines_without_their_end_are_not_done(body: bytes, rest: bytes) -> None:
    reading = read_body([Piece(1.0, body)], "application/x-ndjson")

    assert (reading.done, reading.rest) == (False, rest)


def test_an_error_and_what_is_no_json_are_kept_for_who_judges() -> None:
    reading = read_body([Piece(1.0, b'{"error":{"message":"late"}}\n')], "application/jsonl")
    assert (reading.error, reading.claims_success, reading.done) == ("late", False, False)

    reading = read_body([Piece(1.0, b"nonsense\n\xff\n")], "application/ndjson")
    assert (reading.malformed, reading.malformed_utf8) == (["nonsense", "\ufffd"], True)


@pytest.mark.parametrize(
    ("told", "lines"), [("application/x-ndjson", True), ("Application/JSONL;a=b", True), ("application/json", False)]
)
def test_lines_are_known_by_their_type(told: str, *, lines: bool) -> None:
    assert is_lines(told) is lines
