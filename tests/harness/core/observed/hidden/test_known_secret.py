"""A known secret, in every form in which programs write it."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from harness.core.observed.hidden.known_secret import KnownSecret
from harness.core.observed.hidden.spans import marked, merged

MARK: Final = b"<>"
SECRETS = st.text(st.characters(codec="utf-8"), min_size=8, max_size=30)

_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "as it is": str,
    "in JSON": json.dumps,
    "in JSON, beyond ASCII": lambda text: json.dumps(text, ensure_ascii=False),
    "in JSON within JSON": lambda text: json.dumps(json.dumps(text)),
    "in JSON as PHP writes it": lambda text: json.dumps(text).replace("/", "\\/"),
    "in JSON as Go writes it": lambda text: json.dumps(text).replace("<", "\\u003c").replace("&", "\\u0026"),
    "percent-encoded": lambda text: quote(text, safe=""),
    "percent-encoded as JavaScript does": lambda text: quote(text, safe="!'()*~"),
    "percent-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "as a form": quote_plus,
    "in HTML": html.escape,
}


def _shown(secret: str, data: bytes) -> bytes:
    return marked(data, merged(KnownSecret.of(secret).spans(data)), MARK)


@pytest.mark.parametrize("form", _FORMS)
@settings(max_examples=25)
@given(secret=SECRETS)
def test_it_goes_in_every_form(form: str, secret: str) -> None:
    assume(secret.encode() not in MARK)
    written = _FORMS[form](secret)

    shown = _shown(secret, f"a {written} b".encode())

    assert MARK in shown
    assert written.strip('"').encode() not in shown


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@settings(max_examples=60)
@given(secret=SECRETS, before=st.binary(max_size=5), behind=st.binary(max_size=5))
@example(secret="99999990", before=b"9", behind=b"")
@example(secret="99999990", before=b"999", behind=b"")
def test_it_goes_in_base64_wherever_it_begins(
    encode: Callable[[bytes], bytes], secret: str, before: bytes, behind: bytes
) -> None:
    shown = _shown(secret, encode(before + secret.encode() + behind))

    left, _, right = shown.partition(MARK)
    assert MARK in shown
    assert 6 * len(left) <= 8 * len(before)
    assert 6 * len(right.rstrip(b"=")) <= 8 * len(behind) + 4


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="s")))
def test_a_text_without_it_stays(text: str) -> None:
    assert _shown("s3cr3t/value+x", text.encode()) == text.encode()


def test_a_short_one_is_not_looked_for_in_base64() -> None:
    assert len(KnownSecret.of("short").forms) == 1


def test_hexadecimal_digits_are_read_in_either_case() -> None:
    assert _shown("pass/word", b"pass%2fword pass%2Fword") == b"<> <>"


def test_backslashes_are_looked_for_in_one_way_only() -> None:
    text = b"\\" * 200 + b"y s3cr3t"

    assert _shown("\\" * 9 + "s3cr3t", text) == text
    assert _shown("\\" * 9 + "s3cr3t", json.dumps("\\" * 9 + "s3cr3t").encode()) == b'"<>"'


def test_its_repr_shows_nothing() -> None:
    assert "s3cr3t" not in repr(KnownSecret.of("s3cr3t-value"))
