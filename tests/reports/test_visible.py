"""Text made safe to show."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from reports.visible import as_prose, on_one_line


def test_line_ends_are_shown_on_one_line() -> None:
    assert on_one_line("data: x\r\n\x00\x7f") == "data: x␍␊␀␡"


def test_line_ends_of_prose_do_their_work() -> None:
    assert as_prose("a\r\nb\tc\x1b[31m") == "a\nb\tc␛[31m"


def test_text_cannot_be_turned_around() -> None:
    assert on_one_line("a\u202eb\u2066") == "a\ufffdb\ufffd"


@given(st.text())
def test_no_control_character_passes(text: str) -> None:
    assert not any(unicodedata.category(character) == "Cc" for character in on_one_line(text))
    assert not any(unicodedata.category(character) == "Cc" for character in as_prose(text) if character not in "\n\t")
