"""What is wrong with a built site is seen, and nothing else is."""

from __future__ import annotations

import pytest

from site_building.dead_links import problems

HOME = '<h1 id="top">Home</h1><a href="guides/ci.html#gate">CI</a><link rel="stylesheet" href="style.css?v=1">'
CI = (
    '<h2 id="gate">Gate</h2><a href="../index.html#top">home</a><a href="#gate">gate</a><a href="https://x.test/">x</a>'
)
FILES = frozenset({"style.css", "objects.inv"})


def found(more: str) -> list[str]:
    return [*problems({"index.html": HOME, "guides/ci.html": CI + more}, FILES)]


def test_a_site_whose_links_hold_has_no_problem() -> None:
    assert found("") == []


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ('<a href="gone.html">', "guides/ci.html: gone.html leads nowhere"),
        ('<a href="../index.html#gone">', "guides/ci.html: there is no 'gone' on index.html"),
        ('<a href="#gone">', "guides/ci.html: there is no 'gone' on guides/ci.html"),
        ('<img src="gone.png">', "guides/ci.html: gone.png leads nowhere"),
        ('<script src="https://cdn.test/x.js"></script>', "guides/ci.html: fetches https://cdn.test/x.js"),
        ('<link rel="preconnect" href="//fonts.test">', "guides/ci.html: fetches //fonts.test"),
        ('<p id="gate">', "guides/ci.html: 2 places are called 'gate'"),
    ],
)
def test_a_problem_is_told_with_its_page(tag: str, told: str) -> None:
    assert found(tag) == [told]


def test_a_link_for_people_may_lead_anywhere() -> None:
    assert found('<a href="mailto:x@x.test">x</a><link rel="canonical" href="https://x.test/">') == []
