"""SQL on a database that is a value: what it gives is SQLite's, what it refuses and says is D1's."""

from __future__ import annotations

import sqlite3
from random import Random

import pytest

from harness.mock_cloudflare.bindings.sql import Outcome, SqlError, Statement, Value, parts_of, run
from harness.mock_cloudflare.request import Database

SCHEMA = (
    "create table t (id integer primary key, a text unique, b int not null, check (b < 100));"
    "create table u (t references t(id))"
)


def _ran(*asked: str | tuple[str, tuple[Value, ...]], on: Database | None = None, seed: int = 1) -> list[Outcome]:
    return _run(*asked, on=on, seed=seed)[0]


def _run(
    *asked: str | tuple[str, tuple[Value, ...]], on: Database | None = None, seed: int = 1
) -> tuple[list[Outcome], Database]:
    statements = [Statement(item) if isinstance(item, str) else Statement(*item) for item in asked]
    return run(on or Database(), statements, now_s=1_764_000_000.25, rng=Random(seed))


def _refusal(text: str, *values: Value) -> str:
    with pytest.raises(SqlError) as caught:
        _ran((text, values), on=_run(SCHEMA, ("insert into t values (1, ?, ?)", ("x", 1.0)))[1])
    return str(caught.value)


def test_what_was_written_is_there_for_the_next_run() -> None:
    _, database = _run(SCHEMA, ("insert into t values (7, ?, ?)", ("x", 1.0)))

    (found,) = _ran("select * from t", on=database)

    assert (found.columns, found.rows) == (("id", "a", "b"), ((7, "x", 1),))
    assert (found.last_row_id, found.changes, found.changed) == (7, 0, False)


def test_a_run_changes_nothing_but_what_it_returns() -> None:
    _, before = _run(SCHEMA)
    _, after = _run("insert into t values (1, 'x', 1)", on=before)

    assert _ran("select count(*) from t", on=before)[0].rows == ((0,),)
    assert _ran("select count(*) from t", on=after)[0].rows == ((1,),)
    assert (before.commits, after.commits) == (1, 2)


@pytest.mark.parametrize("text", ["select * from t", "pragma table_info(t)", "update t set b = 2 where id = 99"])
def test_what_writes_nothing_leaves_the_database_as_it_was(text: str) -> None:
    _, database = _run(SCHEMA)

    assert _run(text, on=database)[1] is database


def test_nothing_of_a_run_remains_when_one_statement_fails() -> None:
    _, database = _run(SCHEMA)

    with pytest.raises(SqlError):
        _run("insert into t values (1, 'x', 1)", "insert into nope values (1)", on=database)

    assert _ran("select * from t", on=database)[0].rows == ()


def test_each_statement_tells_what_it_changed() -> None:
    made, put, asked, changed = _ran(
        "create table t (a)", "insert into t values (1), (2)", "select 1", "update t set a = 0"
    )

    assert [each.changes for each in (made, put, asked, changed)] == [0, 2, 0, 2]
    assert [each.changed for each in (made, put, asked, changed)] == [True, True, False, True]
    assert [each.last_row_id for each in (made, put, asked, changed)] == [0, 2, 2, 2]
    assert made.size_bytes == 8192


@pytest.mark.parametrize(
    ("expression", "values", "cell"),
    [
        ("?", (None,), None),
        ("?", ("é",), "é"),
        ("?", (7.0,), 7),
        ("?", (1.5,), 1.5),
        ("?", (b"\x00\xff",), [0, 255]),
        ("typeof(?)", (1.0,), "real"),
        ("1e999", (), None),
        ("9007199254740991", (), 9007199254740991),
        ("cast(x'ff' as text)", (), "\ufffd"),
        ("?2", (1.0, 2.0), 2),
    ],
)
def test_a_cell_is_what_json_can_hold(expression: str, values: tuple[Value, ...], cell: object) -> None:
    assert _ran((f"select {expression}", values))[0].rows == ((cell,),)


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("selec 1", (), 'near "selec": syntax error: SQLITE_ERROR'),
        ("select * from nope", (), "no such table: nope: SQLITE_ERROR"),
        ("select nope from t", (), "no such column: nope: SQLITE_ERROR"),
        ("select ?", (), "Wrong number of parameter bindings for SQL query."),
        ("select ?", (1.0, 2.0), "Wrong number of parameter bindings for SQL query."),
        (
            "insert into t values (2, 'x', 1)",
            (),
            "UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)",
        ),
        (
            "insert into t values (1, 'y', 1)",
            (),
            "UNIQUE constraint failed: t.id: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)",
        ),
        (
            "insert into t values (2, 'y', null)",
            (),
            "NOT NULL constraint failed: t.b: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_NOTNULL)",
        ),
        (
            "insert into t values (2, 'y', 1000)",
            (),
            "CHECK constraint failed: b < 100: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_CHECK)",
        ),
        (
            "insert into u values (99)",
            (),
            "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)",
        ),
        ("insert into t values ('one', 'y', 1)", (), "datatype mismatch: SQLITE_MISMATCH"),
        ("attach database ':memory:' as x", (), "not authorized: SQLITE_AUTH"),
        ("pragma journal_mode = off", (), "not authorized: SQLITE_AUTH"),
        ("create temp table x (a)", (), "not authorized: SQLITE_AUTH"),
        ("create table _cf_KV (a)", (), "not authorized: SQLITE_AUTH"),
        ("vacuum", (), "cannot VACUUM from within a transaction: SQLITE_ERROR"),
        ("-- nothing", (), "No SQL statements detected."),
        (" ; ", (), "No SQL statements detected."),
        ("select 1 where 'x' like ?", ("a" * 51,), "LIKE or GLOB pattern too complex: SQLITE_ERROR"),
        (f"select '{'a' * 100_000}'", (), "statement too long: SQLITE_TOOBIG"),
        ("select 'a\0b'", (), "the query contains a null character: SQLITE_ERROR"),
    ],
)
def test_what_is_wrong_is_said_in_d1s_words(text: str, values: tuple[Value, ...], said: str) -> None:
    assert _refusal(text, *values) == said


@pytest.mark.parametrize("text", ["begin", "commit", "savepoint x", "insert into t values (2, 'y', 1); rollback"])
def test_a_transaction_of_its_own_is_refused_with_the_advice_that_d1_gives(text: str) -> None:
    assert _refusal(text).startswith("To execute a transaction, please use the state.storage.transaction()")


def test_what_never_ends_is_ended_by_counting() -> None:
    text = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"

    assert _refusal(text) == "D1 DB exceeded its CPU time limit and was reset."


def test_too_many_values_are_refused() -> None:
    assert _refusal(f"select {','.join('?' * 101)}", *([1.0] * 101)).startswith("too many SQL variables")


def test_a_deferred_constraint_is_looked_at_in_the_end() -> None:
    _, database = _run(SCHEMA)
    late = ("pragma defer_foreign_keys = on", "insert into u values (1)")

    _run(*late, "insert into t values (1, 'x', 1)", on=database)
    with pytest.raises(SqlError, match="FOREIGN KEY constraint failed"):
        _run(*late, on=database)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("current_timestamp", "2025-11-24 16:00:00"),
        ("datetime('now')", "2025-11-24 16:00:00"),
        ("datetime('now', '+1 day')", "2025-11-25 16:00:00"),
        ("date()", "2025-11-24"),
        ("time('NOW')", "16:00:00"),
        ("unixepoch()", 1_764_000_000),
        ("strftime('%Y %f', 'now')", "2025 00.250"),
        ("strftime('%Y')", "2025"),
        ("datetime('2020-01-01')", "2020-01-01 00:00:00"),
        ("datetime(null)", None),
    ],
)
def test_its_clock_is_the_mocks(expression: str, told: object) -> None:
    assert _ran(f"select {expression}")[0].rows == ((told,),)


def test_its_clock_also_fills_in_defaults() -> None:
    found = _ran("create table t (a, at default current_timestamp)", "insert into t (a) values (1)", "select at from t")

    assert found[-1].rows == (("2025-11-24 16:00:00",),)


def test_its_dice_are_the_mocks() -> None:
    text = "select random(), hex(randomblob(4))"

    assert _ran(text)[0].rows == _ran(text)[0].rows != _ran(text, seed=2)[0].rows


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("select 1", 1),
        ("select 1; select 2", 2),
        ("select ';'; -- ;\n select \"a;b\" /* ; */", 2),
        ("create trigger x after insert on t begin select 1; select 2; end; select 3", 2),
        (";;", 0),
        ("/* no end", 0),
    ],
)
def test_a_text_falls_into_statements(text: str, count: int) -> None:
    assert len(parts_of(text)) == count


def test_of_several_statements_the_last_one_answers_and_has_the_values() -> None:
    (found,) = _ran(("create table x (a); insert into x values (1); select a, ? from x", (5.0,)))

    assert (found.rows, found.changes) == (((1, 5),), 1)


def test_the_image_is_a_database_that_sqlite_opens() -> None:
    _, database = _run(SCHEMA, "insert into t values (1, 'x', 1)")

    connection = sqlite3.connect(":memory:")
    connection.deserialize(database.image)
    assert connection.execute("select a from t").fetchall() == [("x",)]
    connection.close()
