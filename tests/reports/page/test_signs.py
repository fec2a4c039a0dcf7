"""Bytes as text on a page."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page.signs import SHOWN_AT_MOST, breakable, preview, prose, signs, words
from reports.record import WireRow


def row(text: str, **more: object) -> WireRow:
    fields = {"at_s": 0.0, "lane": "upstream", "exchange": 1, "kind": "sent", "label": "x", "preview": text}
    return WireRow.model_validate(fields | {"size_bytes": len(text.encode("utf-8", "replace"))} | more)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("data: x\r\n\r\n", r"data: x<i>\r\n\r\n</i>"),
        ("a\tb\0c\x1b\x7f\x85", r"a<i>\t</i>b<i>\x00</i>c<i>\x1b\x7f\u0085</i>"),
        ("as evidence has it␍␊", r"as evidence has it<i>\r\n</i>"),
        ("left\u202eright", r"left<i>\u202e</i>right"),
        ("a backslash \\n is text", r"a backslash \n is text"),
        ("<b>&", "&lt;b&gt;&amp;"),
    ],
)
def test_what_cannot_be_seen_is_a_sign(text: str, shown: str) -> None:
    assert signs(text) == shown


def test_prose_keeps_its_lines() -> None:
    assert prose("one\r\ntwo\tx\x1b␊") == "one\ntwo\tx<i>\\x1b</i>\n"


def test_our_own_words_hold_code() -> None:
    assert words("write `[DONE]` & `a<b`, never one ` alone") == (
        "write <code>[DONE]</code> &amp; <code>a&lt;b</code>, never one ` alone"
    )


def test_a_name_is_broken_at_its_joints() -> None:
    assert breakable("a.b_c..d") == "a.<wbr>b_<wbr>c..<wbr>d"


def test_the_useful_part_of_a_preview_is_seen_at_once() -> None:
    head = 'data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1700000000,"model":"@cf/x",'
    shown = str(preview(row(head + '"choices":[{"delta":{"content":"Eins"}}]}')))

    assert re.sub(r"<s>.*?</s>", "", shown).startswith('data: {"id":"chatcmp<u>…</u>"choices"')
    assert unescape(re.sub(r"<u>…</u>|</?s>", "", shown)).startswith(head)


def test_a_long_preview_is_folded_and_not_lost() -> None:
    shown = str(preview(row("y" * 300)))

    assert shown == f"{'y' * SHOWN_AT_MOST}<u>…</u><s>{'y' * (300 - SHOWN_AT_MOST)}</s>"
    assert "y" * 481 not in str(preview(row("y" * 5000)))


@pytest.mark.parametrize(
    ("text", "struck", "shown"),
    [
        ("abc", 1, "a<mark>b</mark>c"),
        ("✓bc", 3, "✓<mark>b</mark>c"),
        ("abc", 3, "abc<mark></mark>"),
        ("a\nc", 1, "a<mark><i>\\n</i></mark>c"),
        ("abc", 9, "abc"),
    ],
)
def test_the_struck_byte_is_marked(text: str, struck: int, shown: str) -> None:
    assert preview(row(text, struck_byte=struck)) == shown


def test_a_struck_byte_is_never_folded() -> None:
    text = 'data: {"id":"' + "x" * 200 + '","choices":[]}'

    for struck in range(len(text)):
        assert "<mark>" in re.sub(r"<s>.*?</s>", "", str(preview(row(text, struck_byte=struck))))


def test_only_what_was_sent_is_struck() -> None:
    assert "<mark>" not in preview(row("abc", kind="received", struck_byte=1))


@given(st.text(max_size=300), st.none() | st.integers(0, 400))
def test_no_character_is_lost(text: str, struck: int | None) -> None:
    clean = re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd\u2400-\u2421]", "x", text)
    clean = clean.encode("utf-8", "replace").decode()

    shown = re.sub(r"</?(s|mark)>|<u>…</u>", "", str(preview(row(clean, struck_byte=struck))))

    assert unescape(shown) == clean
