"""A secret that is cut by the pieces of a stream, as the wire log shows it: in no piece is anything of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.observed.history import History, Piece
from harness.core.observed.redact import Redactor
from harness.core.observed.wire_log import rows
from reports.record import WireRow
from tests.harness.core.histories import answer, client, upstream

SECRET = "s3cr3t-0123456789"


def _shown(pieces: Iterable[bytes], *, secret: str = SECRET, struck: int | None = None) -> list[WireRow]:
    """The rows of an answer that came in these pieces, the same to both sides."""
    came = tuple(Piece(number / 10, piece) for number, piece in enumerate(pieces))
    sent = replace(upstream(answer("a")), pieces=came, faults=("tcp.reset",), struck_byte=struck)
    history = History(clients=(replace(client(answer("a")), pieces=came),), upstreams=(sent,))
    log = rows(history, Redactor([secret]))
    assert secret not in "".join(row.preview for row in log)
    return [row for row in log if row.label.startswith("piece")]


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        ((b"a s3cr3t-01", b"23456789 b"), ["a [redacted]", "[redacted] b"]),
        ((b"s3cr3t-0", b"12345678", b"9 b"), ["[redacted]", "[redacted]", "[redacted] b"]),
        ((b"7\r\ns3cr3t-\r\n", b"a;x=1\r\n0123456789\r\n"), ["7\r\n[redacted]", "[redacted]\r\n"]),
        ((b'{"api_key": ', b'"abcd efgh"}'), ['{"api_key": ', '"[redacted]"}']),
        ((b"x" * 3000 + b"s3cr3t-0", b"123456789 b"), ["x" * 240, "[redacted] b"]),
    ],
    ids=["in two", "in three", "in two chunks", "a place and its value", "of a long piece"],
)
def test_a_secret_across_pieces_goes_from_each_of_them(pieces: tuple[bytes, ...], shown: list[str]) -> None:
    found = _shown(pieces)

    for lane in ("client", "upstream"):
        assert [row.preview for row in found if row.lane == lane] == shown
        assert [row.size_bytes for row in found if row.lane == lane] == [*map(len, pieces)]


def test_of_a_secret_that_came_byte_by_byte_no_byte_is_shown() -> None:
    chunks = [b"1\r\n%c\r\n" % byte for byte in b"0" * 5 + SECRET.encode() + b"0" * 20]

    for pieces in (chunks, [chunk[3:4] for chunk in chunks]):
        found = [row.preview for row in _shown(pieces) if row.lane == "client"]
        assert len(found) == 24
        assert not [preview for preview in found if set(preview.replace("[redacted]", "")) & set("s3crt-")]


@pytest.mark.parametrize(
    ("struck", "label", "place"),
    [(7, "piece 2", 2), (12, "piece 2", 4), (22, "piece 3", 0), (26, "piece 3", 10), (28, "piece 3", 12)],
    ids=["before it", "in it", "in the rest of it", "right behind it", "behind it"],
)
def test_a_struck_byte_is_marked_where_it_stands_beside_a_hidden_secret(struck: int, label: str, place: int) -> None:
    found = _shown([b"x" * 5, b"0123s3cr3t-01234", b"56789 is b"], struck=struck)

    assert [(row.label, row.struck_byte) for row in found if row.struck_byte is not None] == [(label, place)]


@given(st.lists(st.integers(0, 60), max_size=8), st.text("abc \r\n", max_size=20), st.text("abc \r\n", max_size=20))
def test_wherever_a_stream_is_cut_its_secret_stays_hidden(cuts: list[int], before: str, behind: str) -> None:
    whole = f"{before}{SECRET}{behind}".encode()
    places = sorted({0, len(whole), *(min(cut, len(whole)) for cut in cuts)})
    pieces = [whole[start:end] for start, end in pairwise(places)]

    shown = "".join(row.preview for row in _shown(pieces) if row.lane == "client")
    assert shown.replace("[redacted]", "") == before + behind
