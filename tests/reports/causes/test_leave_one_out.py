"""Each mutant and broken proxy, compared with all others but itself: how often the right mistake is named.

No mistake is made by one proxy alone, so each could be found; what shows no pair of its own counts as not found.
"""

from __future__ import annotations

from functools import cache

import pytest

from reports.causes.cover import AT_MOST, Library, cover
from reports.causes.mistakes import MADE_BY
from reports.causes.signatures import known
from tests.signatures.kept import Kept

pytestmark = pytest.mark.usefixtures("unmeasured")

FIRST, AMONG_THREE, FEW_PROBLEMS = 0.75, 0.9, 0.9
_AT_MOST_PROBLEMS = 5


@cache
def _named() -> dict[str, list[str]]:
    library = Library(signatures=known().signatures, made_by=MADE_BY)
    return {
        each.id: [guess.mistake.id for guess in cover(each.pairs, each.judged, library.without(each.id))]
        for each in known().signatures
    }


def _share(at_most: int) -> float:
    right = [MADE_BY[name].id in named[:at_most] for name, named in _named().items()]
    return sum(right) / len(right)


def test_the_right_mistake_is_named_first() -> None:
    assert _share(1) >= FIRST


def test_the_right_mistake_is_among_the_first_three() -> None:
    assert _share(3) >= AMONG_THREE


def test_no_more_causes_are_named_than_a_reader_wants() -> None:
    assert max(map(len, _named().values())) <= AT_MOST


def test_one_defect_shows_few_problems() -> None:
    kept = Kept.read()
    numbers = [kept.own_problems(name) for name in kept.wrong]

    assert sum(number <= _AT_MOST_PROBLEMS for number in numbers) / len(numbers) >= FEW_PROBLEMS
