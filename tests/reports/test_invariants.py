from __future__ import annotations

import re

import pytest

from harness.core.judging.invariants import ALL
from reports.invariants import FAMILIES, GUIDES, Guide


def test_every_invariant_is_told_and_nothing_else_is() -> None:
    assert set(GUIDES) == set(ALL)


def test_no_invariant_is_told_twice() -> None:
    assert len(GUIDES) == sum(len(family.guides) for family in FAMILIES)


@pytest.mark.parametrize("guide", GUIDES.values(), ids=GUIDES)
def test_the_text_about_an_invariant_is_whole_and_of_its_level(guide: Guide) -> None:
    texts = (guide.promise, guide.why, guide.right, guide.mend)

    assert guide.level is ALL[guide.id].level
    assert all(text.endswith(".") and text == " ".join(text.split()) for text in texts)
    assert guide.sources
    assert not any(re.search(r"\w://|www\.", text) for text in (*texts, *guide.sources))
