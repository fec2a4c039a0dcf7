"""JSON that Python alone would refuse is read; what is no JSON is not."""

from __future__ import annotations

import pytest

from harness.core.observed.json_text import first_value, generously, loads


@pytest.mark.parametrize("deep", [150, 5_000, 200_000])
def test_depth_hides_nothing_of_what_lies_beside_it(deep: int) -> None:
    text = '{"before": "[", "deep": ' + '[{"a":' * deep + "1" + "}]" * deep + ', "after": [2, {"b": "}"}]}'

    value = loads(text.encode())

    assert isinstance(value, dict)
    assert (value["before"], value["after"]) == ("[", [2, {"b": "}"}])


@pytest.mark.parametrize("text", ["[" * 5_000, '{"a":' + "[" * 5_000 + "]" * 4_999 + "}", "{'a'}", "", "[1}", "1 2"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        loads(text)


def test_numbers_have_no_longest_length() -> None:
    value = loads('{"long": -' + "9" * 10_000 + ', "short": 12}')

    assert value == {"long": float("-inf"), "short": 12}


def test_half_a_surrogate_pair_is_text() -> None:
    assert loads(rb'["\ud83d"]') == ["\ud83d"]


def test_a_byte_order_mark_is_ignored() -> None:
    assert loads(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a": "\xff\xe2\x82"}', ({"a": "\ufffd\ufffd"}, True)),
        (b'{"\xf0\x9f\x98": 1}', ({"\ufffd": 1}, True)),
        ('{"a": "é"}'.encode(), ({"a": "é"}, False)),
    ],
    ids=["text", "key", "right"],
)
def test_bytes_that_are_no_utf8_are_replaced_as_most_clients_replace_them(
    body: bytes, read: tuple[object, bool]
) -> None:
    assert generously(body) == read


def test_what_replacing_does_not_make_json_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        generously(b"\xff{}")


@pytest.mark.parametrize(
    ("text", "value"),
    [(' {"a": 1}{', {"a": 1}), ('{"a": "\x00"}', {"a": "\x00"}), ('{"a": 1', None), ("[" * 5_000, None)],
    ids=str,
)
def test_a_careless_parser_takes_the_first_value(text: str, value: object) -> None:
    assert first_value(text) == value
