"""A table of a TOML file tells its place with whatever is wrong, in the kind of error that its file asks for."""

from __future__ import annotations

import pytest

from fault_injection.toml_table import TomlTable, read_table


class WrongFileError(ValueError):
    """What this file's reader raises."""


def read(text: str) -> TomlTable:
    return read_table(text, place="the file", error=WrongFileError, not_toml="no TOML", too_deep="too deep")


def refusal(text: str, kind: type) -> str:
    with pytest.raises(WrongFileError) as caught:
        read(text).get("key", kind, None)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("key = '1'", int, "key='1' wants a whole number"),
        ("key = true", int, "key=True wants a whole number"),
        ("key = 1.0", int, "key=1.0 wants a whole number"),
        ("key = '1'", float, "key='1' wants a number"),
        ("key = true", float, "key=True wants a number"),
        ("key = 1", str, "key=1 wants text"),
        ("key = 1", bool, "key=1 wants true or false"),
        ("key = []", dict, "key=[] wants a table"),
        ("key = {}", list, "key={} wants a list"),
    ],
)
def test_a_value_of_another_type_is_refused_in_plain_words(text: str, kind: type, told: str) -> None:
    assert refusal(text, kind) == f"the file: {told}"


def test_a_whole_number_will_do_for_a_number_and_stays_what_it_is() -> None:
    value = read("key = 2").get("key", float, 1.0)

    assert (value, type(value)) == (2, int)


def test_what_is_left_out_has_its_default_whatever_that_is() -> None:
    empty = read("")

    assert empty.get("key", int, None) is None
    assert empty.inner("key").values == {}
    assert empty.each("key") == []


def test_an_inner_table_has_its_key_in_its_place_and_each_of_many_its_number() -> None:
    file = read("inner = { one = 1 }\n[[many]]\n[[many]]\nkey = 1")

    assert file.inner("inner").inner("none").place == "the file: inner: none"
    assert [(each.place, dict(each.values)) for each in file.each("many")] == [("many 1", {}), ("many 2", {"key": 1})]
    with pytest.raises(WrongFileError, match=r"^many 2: key=1 wants a table$"):
        file.each("many")[1].inner("key")


@pytest.mark.parametrize("text", ["many = 1", "many = [1]", "many = {}"])
def test_what_should_be_many_tables_and_is_something_else_is_refused(text: str) -> None:
    with pytest.raises(WrongFileError, match=r"^the file: many wants tables, each under \[\[many\]\]$"):
        read(text).each("many")


@pytest.mark.parametrize(("key", "hint"), [("secnd", "did you mean 'second'?"), ("zzz", "known are first, second")])
def test_an_unknown_key_is_refused_with_the_nearest_or_with_all(key: str, hint: str) -> None:
    with pytest.raises(WrongFileError) as caught:
        read(f"first = 1\n{key} = 1").refuse_unknown(("first", "second"))

    assert str(caught.value) == f"the file: {key!r} is unknown; {hint}"


@pytest.mark.parametrize(
    ("text", "told"),
    [("key =", "no TOML: Invalid"), ("key = " + "9" * 5000, "no TOML: "), ("key = " + "[" * 5000, "too deep")],
)
def test_a_text_that_cannot_be_read_is_told_in_the_words_of_its_file(text: str, told: str) -> None:
    with pytest.raises(WrongFileError) as caught:
        read(text)

    assert str(caught.value).startswith(told)
