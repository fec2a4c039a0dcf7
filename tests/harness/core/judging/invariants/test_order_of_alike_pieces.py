"""Where pieces of a text are alike, what was moved is not taken for doubled, nor for made up."""

from __future__ import annotations

from harness.core.judging.invariants.difference import compare

ALIKE = [" one", ",", " one", " two"]


def test_a_piece_that_was_moved_behind_its_likes_was_moved() -> None:
    found = compare(" one one two,", [" one", ",", " one", " two"], finished=True)

    assert found is not None
    assert found.kind == "moved"


def test_a_piece_cut_up_and_moved_was_moved() -> None:
    found = compare(" one, wo onet", ALIKE, finished=True)

    assert found is not None
    assert (found.kind, found.detail) == ("moved", "every character arrived, from number 7 on in another order")


def test_a_piece_that_came_twice_was_doubled_all_the_same() -> None:
    found = compare(" one,, one two", ALIKE, finished=True)

    assert found is not None
    assert found.kind == "doubled"


def test_as_many_characters_of_another_text_were_made_up() -> None:
    found = compare(" one, xxx two", ALIKE, finished=True)

    assert found is not None
    assert found.kind == "invented"
