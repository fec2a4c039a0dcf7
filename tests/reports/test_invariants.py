from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.core.judging.invariants import ALL
from reports.invariants import FAMILIES, GUIDES, PAGES, Family, Guide
from reports.invariants.telling import Shown, overview, page, story

ROOT = Path(__file__).parent.parent.parent
SHOWN = Shown(cases=("json.one", "json.two"), faults=("http.gzip",))


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


@pytest.mark.parametrize("name", GUIDES)
def test_the_documentation_has_an_anchor_for_every_invariant(name: str) -> None:
    path, _, anchor = PAGES[name].partition("#")

    assert f"\n## {anchor}\n" in (ROOT / path).read_text(encoding="utf-8")


def test_the_overview_links_to_every_invariant() -> None:
    text = overview(FAMILIES)

    assert [name for name in PAGES if f"]({PAGES[name].removeprefix('docs/invariants/')})" not in text] == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_page_tells_all_of_its_family_with_the_cases_that_show_it(family: Family) -> None:
    text = page(family, dict.fromkeys(GUIDES, SHOWN))

    assert all(part in text for guide in family.guides for part in (guide.promise, guide.why, guide.right, guide.mend))
    assert text.count("`json.one`, `json.two`.") == text.count("`http.gzip`.") == len(family.guides)


def test_a_story_without_faults_does_not_speak_of_any() -> None:
    guide = GUIDES["no-loss"]

    assert "faults in them (1):\n  http.gzip" in story(guide, SHOWN)
    assert "faults" not in story(guide, Shown(cases=("json.one",), faults=()))
