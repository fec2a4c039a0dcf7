"""Links of a page hold on the site, and ids lead to their places."""

from __future__ import annotations

import pytest

from site_building.links import DeadLinkError, linked_ids, relinked

ADDRESSES = {"docs/guides/ci.md": "guides/ci.md", "SECURITY.md": "project/security.md", "docs/README.md": "index.md"}
PLACES = {"no-loss": "invariants/answers.md#no-loss", "sse.truncate": "reference/faults/sse.md#sse.truncate"}


@pytest.mark.parametrize(
    ("written", "on_the_site"),
    [
        ("[CI](ci.md)", "[CI](ci.md)"),
        ("[home](../README.md#start)", "[home](../index.md#start)"),
        ("[safe](../../SECURITY.md)", "[safe](../project/security.md)"),
        ("[one](ci.md), [two](ci.md)", "[one](ci.md), [two](ci.md)"),
        ("[here](#below)", "[here](#below)"),
        ("[RFC](https://www.rfc-editor.org/rfc/rfc9110)", "[RFC](https://www.rfc-editor.org/rfc/rfc9110)"),
    ],
)
def test_a_link_leads_to_where_the_site_has_the_page(written: str, on_the_site: str) -> None:
    led = relinked(written, path="docs/guides/ci.md", at="guides/ci.md", address_of=ADDRESSES.get)

    assert led == on_the_site


def test_a_link_to_what_the_site_has_not_got_is_refused_with_both_names() -> None:
    with pytest.raises(DeadLinkError, match=r"docs/guides/ci\.md: gone\.md leads to docs/guides/gone\.md"):
        relinked("[gone](gone.md)", path="docs/guides/ci.md", at="guides/ci.md", address_of=ADDRESSES.get)


def test_what_stands_in_a_fence_is_no_link() -> None:
    text = "```\n[x](gone.md) `no-loss`\n```"

    assert relinked(text, path="README.md", at="index.md", address_of=ADDRESSES.get) == text
    assert linked_ids(text, at="index.md", places=PLACES) == text


@pytest.mark.parametrize(
    ("written", "on_the_site"),
    [
        ("see `no-loss`.", "see [`no-loss`](../invariants/answers.md#no-loss)."),
        ("`sse.truncate`", "[`sse.truncate`](../reference/faults/sse.md#sse.truncate)"),
        ("`nothing-known`", "`nothing-known`"),
        ("[`no-loss`](#other)", "[`no-loss`](#other)"),
        ("``no-loss``", "``no-loss``"),
        ("## `no-loss`", "## `no-loss`"),
    ],
)
def test_an_id_that_stands_alone_as_code_leads_to_its_place(written: str, on_the_site: str) -> None:
    assert linked_ids(written, at="guides/ci.md", places=PLACES) == on_the_site


def test_an_id_on_its_own_page_leads_to_the_place_on_it() -> None:
    assert linked_ids("`no-loss`", at="invariants/answers.md", places=PLACES) == "[`no-loss`](#no-loss)"
