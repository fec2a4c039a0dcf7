"""A key of the reference has a meaning, in words of its file."""

from __future__ import annotations

import pytest

from reference_pages.meanings import checked, described
from reference_pages.schema_words import default_of, in_words


@pytest.mark.parametrize(
    ("meaning", "said"),
    [
        ("", "a.b has no meaning"),
        ("  ", "a.b has no meaning"),
        ("How long; None: for ever.", "a.b says 'None'"),
        ("It counts. Raises: ValueError: it does not.", "a.b says 'Raises:'"),
    ],
)
def test_a_meaning_that_is_empty_or_speaks_of_code_is_refused(meaning: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked("a.b", meaning)


@pytest.mark.parametrize("meaning", ["How long; for ever when left out.", "`None` in Python.", "Nonetheless."])
def test_any_other_meaning_is_taken_as_it_is(meaning: str) -> None:
    assert checked("a.b", meaning) == meaning


def test_what_a_docstring_says_of_the_code_is_left_out() -> None:
    assert (
        described("It counts,\n    always.\n\n    Raises:\n        ValueError: it does not.\n    ")
        == "It counts, always."
    )
    assert described("One.\n\nTwo.") == "One. Two."
    assert described(None) == ""


def test_a_list_of_pairs_is_called_that() -> None:
    pair = {"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}]}

    assert in_words({"type": "array", "items": pair}, links={}) == "list of pairs of text"
    assert in_words({"type": "array", "items": {"type": "integer", "minimum": 4}}, links={}) == (
        "list of whole numbers, at least 4"
    )


def test_a_default_without_anything_in_it_is_not_shown() -> None:
    assert default_of({"default": {"size_bytes": 0, "text": ""}}) == ""
    assert default_of({"default": 0}) == "`0`"
