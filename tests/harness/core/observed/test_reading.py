from __future__ import annotations

import pytest

from harness.core.observed.reading import as_utf8
from tests.harness.core.histories import native
from tests.harness.core.observed.test_chunks import read


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        ("plain", "plain"),
        ("\U0001f44b", "\U0001f44b"),
        ("\ud83d\udc4b", "\U0001f44b"),
        ("a\ud83db", "a\ufffdb"),
        ("\udc4b", "\ufffd"),
    ],
)
def test_halves_of_a_character_are_joined_and_a_lone_one_is_replaced(text: str, carried: str) -> None:
    assert as_utf8(text) == carried


def test_a_character_in_two_events_is_one_character() -> None:
    assert read(native("\ud83d", "\udc4b")).text == "\U0001f44b"


def test_the_text_follows_what_is_added_to_it() -> None:
    choice = read(native("a")).choices[0]
    before = choice.text

    choice.parts.append("b")

    assert (before, choice.text) == ("a", "ab")
