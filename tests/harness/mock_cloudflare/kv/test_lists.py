from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.mock_cloudflare.kv_store import KvEntry
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE
from tests.harness.mock_cloudflare.asking import FORM, WRITTEN, Asker, body_of, error_of, form

names = st.text(alphabet="ab/é\uffff\U00010000", min_size=1, max_size=4)
# Sets grow small by themselves; the size comes first so that most stores need several pages.
keys_of_a_store = st.sampled_from([0, 10, 11, 45]).flatmap(lambda size: st.sets(names, min_size=size, max_size=size))


@settings(max_examples=50)
@given(keys=keys_of_a_store, prefix=st.sampled_from(["", "a", "é", "a/"]), limit=st.integers(10, 20))
def test_pages_of_a_list_join_to_the_sorted_keys(keys: set[str], prefix: str, limit: int) -> None:
    ask = Asker()
    for key in keys:
        ask.mock.kv.put(DEFAULT_NAMESPACE, key, KvEntry(value=b""))
    found: list[str] = []
    cursor = ""

    for _ in range(10):
        query = f"limit={limit}&prefix={prefix}&cursor={cursor}"
        body = body_of(ask.ask("GET", f"{ask.kv}/keys", query=query))
        page = [item["name"] for item in body["result"]]
        info = body["result_info"]
        assert info["count"] == len(page) <= limit
        found += page
        cursor = info["cursor"]
        if not cursor:
            break

    assert cursor == ""
    assert found == sorted((key for key in keys if key.startswith(prefix)), key=str.encode)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", (400, 10022, "Invalid key_count_limit of 0. Please specify an integer greater than 0.")),
        ("limit=x", (400, 10022, "Invalid key_count_limit of x. Please specify an integer greater than 0.")),
        ("limit=9", (400, 10022, "Invalid key_count_limit of 9. Please specify an integer of at least 10.")),
        ("limit=1001", (400, 10022, "Invalid key_count_limit of 1001. Please specify an integer less than 1000.")),
        ("cursor=x", (400, 10023, "list keys: 'invalid cursor'")),
        ("cursor=YWZ0ZXIgMQ", (400, 10023, "list keys: 'invalid cursor'")),
        ("cursor=MTI", (400, 10023, "list keys: 'invalid cursor'")),
        ("cursor=%C3%BC", (400, 10023, "list keys: 'invalid cursor'")),
    ],
)
def test_a_list_that_asks_wrongly_is_refused(query: str, expected: tuple[int, int, str]) -> None:
    ask = Asker()

    assert error_of(ask.ask("GET", f"{ask.kv}/keys", query=query)) == expected


def test_a_list_shows_metadata() -> None:
    ask = Asker()
    ask.do("PUT", ask.value("k"), form(b"v", b'{"a":[1]}'), headers=FORM)

    assert body_of(ask.ask("GET", f"{ask.kv}/keys"))["result"] == [{"name": "k", "metadata": {"a": [1]}}]


def test_namespaces_are_created_renamed_listed_and_dropped() -> None:
    ask = Asker()
    root = f"{ask.account}/storage/kv/namespaces"

    created = body_of(ask.do("POST", root, {"title": "second"}))["result"]
    taken = ask.do("POST", root, {"title": "second"})
    renamed = ask.do("PUT", f"{root}/{created['id']}", {"title": "aaa"})
    listed = body_of(ask.ask("GET", root, query="order=title&direction=desc&per_page=1&page=2"))
    one = body_of(ask.ask("GET", f"{root}/{created['id']}"))["result"]
    dropped = ask.do("DELETE", f"{root}/{created['id']}")

    assert error_of(taken)[:2] == (400, 10014)
    assert body_of(renamed)["result"] == one == {**created, "title": "aaa"}
    assert listed["result"] == [{**created, "title": "aaa"}]
    assert listed["result_info"] == {"page": 2, "per_page": 1, "count": 1, "total_count": 2, "total_pages": 2}
    assert dropped.reply.body_bytes == WRITTEN
    assert list(ask.mock.kv.titles) == [DEFAULT_NAMESPACE]
    assert error_of(ask.ask("GET", f"{root}/{created['id']}"))[1] == 10013


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": 1}, [], b"{"])
def test_a_namespace_needs_a_title(body: object) -> None:
    ask = Asker()

    answer = ask.do("POST", f"{ask.account}/storage/kv/namespaces", body)

    assert error_of(answer)[:2] == (400, 10001)
