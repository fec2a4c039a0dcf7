"""Objects by the R2 binding: they come back as they were put, and what goes wrong has R2's own code."""

from __future__ import annotations

import json

import pytest

from fault_injection.dice import dice
from fault_injection.families.http import Status
from fault_injection.fault import Turn
from tests.harness.mock_cloudflare.bindings.calling import Caller
from tests.harness.mock_cloudflare.bindings.r2.reading import code_of, parts_of


@pytest.fixture
def caller() -> Caller:
    caller = Caller()
    own = [{"k": "x", "v": "y"}]
    caller.env_r2("put", b"hello", object="a/b", httpFields={"contentType": "text/plain"}, customFields=own)
    return caller


def test_an_object_comes_back_as_it_was_put(caller: Caller) -> None:
    metadata, value = parts_of(caller.env_r2("get", object="a/b"))

    assert value == b"hello"
    assert (metadata["name"], metadata["size"]) == ("a/b", "5")
    assert metadata["etag"] == "5d41402abc4b2a76b9719d911017c592"
    assert (metadata["httpFields"], metadata["customFields"]) == ({"contentType": "text/plain"}, [{"k": "x", "v": "y"}])


def test_its_head_is_the_metadata_alone(caller: Caller) -> None:
    metadata, value = parts_of(caller.env_r2("head", object="a/b"))

    assert (metadata["size"], value) == ("5", b"")


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_missing_key_has_itscode_of(caller: Caller, method: str) -> None:
    assert code_of(caller.env_r2(method, object="nothing")) == (404, 10007)


@pytest.mark.parametrize(
    ("span", "value"),
    [
        ({"offset": "1", "length": "3"}, b"ell"),
        ({"offset": "3"}, b"lo"),
        ({"suffix": "2"}, b"lo"),
        ({"suffix": "99"}, b"hello"),
        ({"offset": "3", "length": "99"}, b"lo"),
    ],
)
def test_a_part_of_it_can_be_had(caller: Caller, span: dict[str, str], value: bytes) -> None:
    metadata, got = parts_of(caller.env_r2("get", object="a/b", range=span))

    assert got == value
    assert metadata["range"] == {"offset": str(b"hello".index(value)), "length": str(len(value))}


def test_a_part_that_is_not_there_is_refused(caller: Caller) -> None:
    assert code_of(caller.env_r2("get", object="a/b", range={"offset": "5", "length": "1"})) == (416, 10039)


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ({"etagMatches": "5d41402abc4b2a76b9719d911017c592"}, True),
        ({"etagMatches": [{"value": "5d41402abc4b2a76b9719d911017c592", "type": "strong"}]}, True),
        ({"etagMatches": "other"}, False),
        ({"etagDoesNotMatch": "5d41402abc4b2a76b9719d911017c592"}, False),
        ({"etagDoesNotMatch": "other"}, True),
        ({"uploadedBefore": "1"}, False),
        ({"uploadedAfter": "1"}, True),
    ],
)
def test_a_condition_decides_over_reading_and_writing(caller: Caller, condition: dict[str, object], met: bool) -> None:
    got = caller.env_r2("get", object="a/b", onlyIf=condition)
    put = caller.env_r2("put", b"new", object="a/b", onlyIf=condition)

    assert [answer.reply.status for answer in (got, put)] == ([200, 200] if met else [412, 412])
    assert parts_of(caller.env_r2("get", object="a/b"))[1] == (b"new" if met else b"hello")


def test_an_unmet_condition_still_tells_what_is_there(caller: Caller) -> None:
    metadata, value = parts_of(caller.env_r2("get", object="a/b", onlyIf={"etagMatches": "other"}))

    assert (metadata["name"], value) == ("a/b", b"")


def test_a_delete_drops_one_or_many(caller: Caller) -> None:
    caller.env_r2("put", b"2", object="c")
    caller.env_r2("delete", objects=["a/b", "c", "nothing"])

    assert [caller.env_r2("get", object=key).reply.status for key in ("a/b", "c")] == [404, 404]


def test_a_list_comes_in_pages_and_by_folder(caller: Caller) -> None:
    for key in ("a/c", "a/d/1", "a/d/2", "z"):
        caller.env_r2("put", b"", object=key)

    folder = parts_of(caller.env_r2("list", prefix="a/", delimiter="/"))[0]
    page = parts_of(caller.env_r2("list", limit=2))[0]
    rest = parts_of(caller.env_r2("list", limit=9, cursor=page["cursor"]))[0]

    assert ([item["name"] for item in folder["objects"]], folder["delimitedPrefixes"]) == (["a/b", "a/c"], ["a/d/"])
    assert ([item["name"] for item in page["objects"]], page["truncated"]) == (["a/b", "a/c"], True)
    assert ([item["name"] for item in rest["objects"]], rest["truncated"]) == (["a/d/1", "a/d/2", "z"], False)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"etagDoesNotMatch": [{"type": "wildcard"}]}, 200),
        ({"uploadedBefore": "1"}, 200),
        ({"etagMatches": [{"type": "wildcard"}]}, 412),
        ({"uploadedAfter": "1"}, 412),
    ],
)
def test_a_condition_on_what_is_not_there_asks_only_that_it_is_not(
    caller: Caller, condition: dict[str, object], status: int
) -> None:
    assert caller.env_r2("put", b"new", object="new", onlyIf=condition).reply.status == status
    assert caller.env_r2("get", object="new").reply.status == (200 if status == 200 else 404)


DIGESTS = {
    "md5": "XUFAKrxLKna5cZ2REBfFkg==",
    "sha1": "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
    "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
}
"""Of `hello`, as workerd writes them: MD5 in Base64, the others in hexadecimal."""


@pytest.mark.parametrize("name", DIGESTS)
def test_a_value_that_is_not_what_was_announced_is_not_kept(caller: Caller, name: str) -> None:
    announced = {name: DIGESTS[name]}

    assert code_of(caller.env_r2("put", b"other", object="a/b", **announced)) == (400, 10037)
    assert parts_of(caller.env_r2("get", object="a/b"))[1] == b"hello"
    assert caller.env_r2("put", b"hello", object="a/b", **announced).reply.status == 200


@pytest.mark.parametrize("key", ["", "k" * 1025])
def test_a_name_that_is_none_is_refused(caller: Caller, key: str) -> None:
    assert code_of(caller.env_r2("put", b"", object=key)) == (400, 10020)


@pytest.mark.parametrize(("status", "code"), [(429, 10058), (503, 10043), (500, 10001)])
def test_a_fault_speaks_r2s_own_form(caller: Caller, status: int, code: int) -> None:
    struck = Status(code=status).apply(caller.env_r2("get", object="a/b").reply, Turn(dice(1, "x")))

    assert struck.header("cf-r2-metadata-size") is None
    assert json.loads(struck.header("cf-r2-error") or "{}")["v4code"] == code


@pytest.mark.parametrize("cursor", ["é", "!", "/w==", 5])
def test_a_cursor_that_is_none_begins_at_the_start(caller: Caller, cursor: object) -> None:
    page = parts_of(caller.env_r2("list", cursor=cursor))[0]

    assert [each["name"] for each in page["objects"]] == ["a/b"]


@pytest.mark.parametrize("odd", ["x", "-1", [], {}, True, 1e300, "9" * 5000])
def test_a_number_that_is_none_counts_as_left_out(caller: Caller, odd: object) -> None:
    wanted = {"offset": odd, "length": odd, "suffix": odd}
    unless = {"uploadedBefore": odd, "uploadedAfter": odd}

    assert parts_of(caller.env_r2("get", object="a/b", range=wanted, onlyIf=unless))[1] == b"hello"
    assert len(parts_of(caller.env_r2("list", limit=odd))[0]["objects"]) == 1


def test_metadata_that_is_none_is_not_kept(caller: Caller) -> None:
    caller.env_r2("put", b"x", object="odd", customFields=[5, None, {"k": "a"}])

    assert parts_of(caller.env_r2("head", object="odd"))[0]["customFields"] == [{"k": "a", "v": ""}]
