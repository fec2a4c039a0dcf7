"""For how long an origin lets its answers be given again, and for which requests: RFC 9111 read line by line."""

from __future__ import annotations

from math import inf

import pytest

from harness.reference_proxy.origin.entry import Entry
from harness.reference_proxy.origin.freshness import age_of, directives, life_of, varies
from harness.reference_proxy.origin.question import Question

NOW_S = 1_700_000_000.0
NOW, LATER = "Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:14:20 GMT"
EVENTS, LINES = ("Content-Type", "text/event-stream"), ("Content-Type", "application/x-ndjson; charset=utf-8")

Fields = list[tuple[str, str]]


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (200, [("cache-control", "max-age=9, No-Store")]),
        (200, [("Cache-Control", "private")]),
        (200, [("Cache-Control", "max-age=9"), ("Cache-Control", 'private="X-A, X-B"')]),
        (200, [("Cache-Control", "no-cache")]),
        (200, [("Cache-Control", "max-age=0")]),
        (200, [EVENTS, ("Cache-Control", "no-cache, max-age=0")]),
        (200, [EVENTS, ("Cache-Control", "no-store")]),
        (200, [("Cache-Control", "max-age=soon")]),
        (200, [("Cache-Control", "max-age")]),
        (200, [("Cache-Control", "max-age=-1")]),
        (200, [("Expires", "0")]),
        (200, [("Expires", NOW)]),
        (200, [("Expires", NOW), ("Date", LATER)]),
        (200, [("Set-Cookie", "a=b")]),
        (200, [("Content-Encoding", "br")]),
        (200, [("Vary", "*")]),
        (200, [("Vary", "Accept, *")]),
        (200, [("Vary", "Accept"), ("vary", "*")]),
        (206, [("X", "y")]),
        (500, [("Cache-Control", "max-age=9")]),
    ],
)
def test_what_an_origin_forbids_or_says_to_one_client_is_not_kept(status: int, fields: Fields) -> None:
    assert life_of(status, tuple(fields), now_s=NOW_S) == 0


@pytest.mark.parametrize(
    ("fields", "life_s"),
    [
        ([], inf),
        ([("Vary", "Accept")], inf),
        ([("Cache-Control", "public, no-transform")], inf),
        ([EVENTS, ("Cache-Control", "no-cache")], inf),
        ([LINES, ("Cache-Control", "no-cache")], inf),
        ([EVENTS, ("Cache-Control", "no-cache, max-age=7")], 7),
        ([("Cache-Control", "Max-Age=7")], 7),
        ([("Cache-Control", 'max-age="7"')], 7),
        ([("Cache-Control", "max-age=7, max-age=60")], 7),
        ([("Cache-Control", "max-age=7"), ("Cache-Control", "s-maxage=3")], 3),
        ([("Cache-Control", "s-maxage=0, max-age=7")], 0),
        ([("Cache-Control", 'x="a, max-age=1", max-age=7')], 7),
        ([("Cache-Control", "max-age=7"), ("Expires", "0")], 7),
        ([("Expires", LATER)], 60),
        ([("Expires", LATER), ("Date", LATER)], 0),
        ([("Expires", LATER), ("Date", "yesterday")], 0),
        ([("Expires", f"Thu, 01 Jan {'9' * 20} 00:00:00 GMT")], 0),
        ([("Expires", f"Thu, 01 Jan 2030 00:00:00 +{'9' * 20}")], 0),
        ([("Cache-Control", f"max-age={'9' * 400}")], 2**31),
    ],
)
def test_an_answer_lives_as_long_as_its_origin_says_and_s_maxage_counts_before_max_age_before_expires(
    fields: Fields, life_s: float
) -> None:
    assert life_of(200, tuple(fields), now_s=NOW_S) == life_s


@pytest.mark.parametrize(
    ("fields", "age_s"), [([], 0), ([("AGE", "12")], 12), ([("Age", "old")], 0), ([("Age", "9" * 400)], 2**31)]
)
def test_an_answer_is_as_old_as_the_cache_behind_says(fields: Fields, age_s: float) -> None:
    assert age_of(tuple(fields)) == age_s


def test_directives_are_told_apart_by_commas_outside_of_quotes_and_in_any_letters() -> None:
    assert directives(['No-Cache, x="a, b"', "max-age = 5,,"]) == {"no-cache": "", "x": "a, b", "max-age": "5"}


def test_vary_may_come_in_several_fields() -> None:
    assert varies((("Vary", "B, a,"), ("X", "y"), ("vary", "c"))) == ("a", "b", "c")


def question(*told: tuple[str, str]) -> Question:
    return Question(key="k", told=told)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ([("X-Tenant", "a")], True),
        ([("x-tenant", " a "), ("X-Other", "b")], True),
        ([("X-Tenant", "A")], False),
        ([("X-Tenant", "a"), ("X-Tenant", "b")], False),
        ([("X-Tenant", "")], False),
        ([], False),
    ],
)
def test_an_answer_is_for_requests_that_say_the_same_in_every_field_that_it_names(other: Fields, *, same: bool) -> None:
    by = ("x-beside", "x-tenant")
    entry = Entry(fields=(), body=b"", created_s=0, varies=by, variant=question(("X-Tenant", "a")).variant(by))

    assert question(*other).is_answered_by(entry) is same


def test_an_answer_that_names_no_field_is_for_every_request() -> None:
    assert question(("X-Tenant", "a")).is_answered_by(Entry(fields=(), body=b"", created_s=0))


def test_no_value_of_a_field_is_in_what_is_kept() -> None:
    assert "secret" not in question(("X-Tenant", "secret")).variant(("x-tenant",))
