from __future__ import annotations

import pytest

from harness.mock_cloudflare.kv.limits import MAX_VALUE_BYTES
from tests.harness.mock_cloudflare.asking import FORM, Asker, error_of, form


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("k" * 513, (414, 10030, "UTF-8 encoded length of 513 exceeds key length limit of 512.")),
        ("ü" * 257, (414, 10030, "UTF-8 encoded length of 514 exceeds key length limit of 512.")),
        (".", (400, 10017, 'Illegal key name ".". Please use a different name.')),
        ("..", (400, 10017, 'Illegal key name "..". Please use a different name.')),
    ],
)
def test_a_key_beyond_the_rules_is_refused(key: str, expected: tuple[int, int, str]) -> None:
    ask = Asker()

    assert error_of(ask.do("PUT", ask.value(key), b"v")) == expected
    assert error_of(ask.ask("GET", ask.value(key))) == expected


def test_a_key_that_is_not_utf_8_is_refused() -> None:
    ask = Asker()

    assert error_of(ask.ask("GET", f"{ask.kv}/values/%ff")) == (400, 10017, "Key names must be valid UTF-8")


def test_sizes_are_allowed_up_to_the_limit_and_no_further() -> None:
    ask = Asker()
    metadata = b'"' + b"x" * 1022 + b'"'

    assert ask.do("PUT", ask.value("k" * 512), b"").reply.status == 200
    assert ask.do("PUT", ask.value("k"), b"\0" * MAX_VALUE_BYTES).reply.status == 200
    assert error_of(ask.do("PUT", ask.value("k"), b"\0" * (MAX_VALUE_BYTES + 1))) == (
        413,
        10033,
        "Value length of 26214401 exceeds limit of 26214400.",
    )
    assert ask.do("PUT", ask.value("k"), form(b"v", metadata), headers=FORM).reply.status == 200
    too_much = form(b"v", metadata.replace(b'"x', b'"xx'))
    assert error_of(ask.do("PUT", ask.value("k"), too_much, headers=FORM)) == (
        413,
        10047,
        "Metadata length of 1025 exceeds limit of 1024.",
    )


def test_two_writes_within_a_second_are_refused_where_the_switch_says_so() -> None:
    ask = Asker(kv_one_write_a_second=True)

    first = ask.do("PUT", ask.value("k"), b"1")
    other = ask.do("PUT", ask.value("other"), b"1")
    second = ask.do("PUT", ask.value("k"), b"2")
    ask.now_s += 1.0
    third = ask.do("PUT", ask.value("k"), b"3")

    assert [answer.reply.status for answer in (first, other, second, third)] == [200, 200, 429, 200]
    assert error_of(second)[1] == 10429
