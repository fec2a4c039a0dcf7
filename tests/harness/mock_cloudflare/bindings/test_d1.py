"""The D1 binding: results, errors and bookmarks in the shapes that the binding inside workerd reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fault_injection.dice import dice
from fault_injection.families.http import Status
from fault_injection.fault import Turn
from fault_injection.reply import Reply
from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.bindings.calling import Caller

ROWS = "resultsFormat=ROWS_AND_COLUMNS"


def _query(caller: Caller, *statements: tuple[str, list[object]], query: str = ROWS, database: str = "db") -> Answer:
    body = [{"sql": text, "params": values} for text, values in statements]
    told = json.dumps(body[0] if len(body) == 1 else body).encode()
    return caller.call(f"d1 {database}", "POST", "/query", told, query=query)


def _results(answer: Answer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer.reply.body_bytes)
    return found


def _error(reply: Reply) -> object:
    told = json.loads(reply.body_bytes)
    assert told["success"] is False
    return told["error"]


@pytest.fixture
def caller() -> Caller:
    caller = Caller()
    _query(caller, ("create table t (a, b)", []), ("insert into t values (?, ?)", [1, "x"]))
    return caller


def test_rows_come_as_they_were_asked_for(caller: Caller) -> None:
    (by_rows,) = _results(_query(caller, ("select * from t", [])))
    (by_name,) = _results(_query(caller, ("select * from t", []), query="resultsFormat=NONE"))

    assert by_rows["results"] == {"columns": ["a", "b"], "rows": [[1, "x"]]}
    assert by_name["results"] == [{"a": 1, "b": "x"}]


def test_the_meta_tells_what_was_done(caller: Caller) -> None:
    (told,) = _results(_query(caller, ("insert into t values (2, ?)", [[1, 255]])))

    meta = told["meta"]
    assert (meta["changes"], meta["last_row_id"], meta["changed_db"], meta["size_after"]) == (1, 2, True, 8192)
    assert (meta["served_by_colo"], meta["served_by_primary"], meta["total_attempts"]) == ("FRA", True, 1)


def test_a_batch_that_fails_leaves_nothing_and_is_one_error(caller: Caller) -> None:
    answer = _query(caller, ("insert into t values (2, 'y')", []), ("insert into nope values (1)", []))

    assert (answer.surface, _error(answer.reply)) == ("d1.query", "no such table: nope: SQLITE_ERROR")
    assert _results(_query(caller, ("select count(*) as n from t", []), query=""))[0]["results"] == [{"n": 1}]


def test_what_is_not_committed_has_not_happened(caller: Caller) -> None:
    told = json.dumps({"sql": "delete from t"}).encode()
    request = ("POST", "/query", told)
    dropped = caller.ask(*request, headers=(("x-edgeproof-binding", "d1 db"),))

    assert _results(dropped)[0]["meta"]["changes"] == 1
    assert _results(_query(caller, ("select * from t", [])))[0]["results"]["rows"] == [[1, "x"]]


def test_bookmarks_grow_with_what_is_written(caller: Caller) -> None:
    texts = ("select 1", "insert into t values (3, 'z')", "select 1")
    marks = [_query(caller, (text, [])).reply.header("x-cf-d1-session-commit-token") or "" for text in texts]

    assert marks[0] < marks[1] == marks[2]


def test_each_database_has_tables_of_its_own(caller: Caller) -> None:
    assert _error(_query(caller, ("select * from t", []), database="other").reply) == "no such table: t: SQLITE_ERROR"


def test_a_reset_forgets_them(caller: Caller) -> None:
    caller.mock.reset()

    assert _error(_query(caller, ("select * from t", [])).reply) == "no such table: t: SQLITE_ERROR"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[1]", b'{"sql":1}', b'{"sql":"select ?","params":{}}', b'{"sql":"select ?","params":[{"a":1}]}'],
)
def test_what_is_no_question_is_an_error_and_no_failure(caller: Caller, body: bytes) -> None:
    assert _error(caller.call("d1 db", "POST", "/query", body).reply)


@pytest.mark.parametrize(("method", "path"), [("POST", "/dump"), ("GET", "/query")])
def test_what_nobody_serves_is_refused_in_words(caller: Caller, method: str, path: str) -> None:
    answer = caller.call("d1 db", method, path)

    assert (answer.surface, answer.reply.status) == ("unknown", 501)
    assert path in str(_error(answer.reply))


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (429, "", "D1 DB is overloaded. Too many requests queued."),
        (500, "", "Internal error in D1 DB storage caused object to be reset."),
        (503, "", "D1 DB is overloaded. Requests queued for too long."),
        (400, "", "Internal error in D1 DB storage caused object to be reset."),
        (500, "D1 DB reset because its code was updated.", "D1 DB reset because its code was updated."),
    ],
)
def test_a_fault_speaks_as_d1_does(caller: Caller, status: int, message: str, said: str) -> None:
    reply = _query(caller, ("select 1", [])).reply

    struck = Status(code=status, message=message).apply(reply, Turn(dice(1, "x")))

    assert (struck.status, _error(struck)) == (status, said)


def test_the_page_of_the_edge_is_no_json_for_d1_either(caller: Caller) -> None:
    reply = _query(caller, ("select 1", [])).reply

    assert Status(code=522).apply(reply, Turn(dice(1, "x"))).body_bytes.startswith(b"<!DOCTYPE html>")
