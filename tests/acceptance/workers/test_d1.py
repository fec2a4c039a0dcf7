"""D1 inside real workerd: what a Worker's code observes of a database, clean and under a fault."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from fault_injection.plan import Plan
from harness.shell.playing.lane import Lane
from tests.acceptance.workers.calling import called, calling_by, strike

pytestmark = pytest.mark.acceptance

WRANGLER = """{
  "main": "calls.mjs", "compatibility_date": "2026-11-01",
  "d1_databases": [
    { "binding": "DB", "database_name": "main", "database_id": "9d2c0a5e-6a0f-4b7e-8f43-0d6f1b2c3d4e" },
    { "binding": "EMPTY", "database_name": "empty", "database_id": "other", "migrations_dir": "none" }
  ]
}
"""
MIGRATION = """
-- as `wrangler d1 migrations create` begins one
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, picture BLOB);
INSERT INTO users VALUES (1, 'ada@example.com', x'00ff');
"""
CALLS = """{
  all: async (env) => (await env.DB.prepare('SELECT * FROM users').all()).results,
  success: async (env) => Object.keys(await env.DB.prepare('SELECT 1').all()).sort(),
  bound: async (env) => (await env.DB.prepare('SELECT ?2 AS b, ?1 AS a').bind('x', null).all()).results,
  types: async (env) => {
    return env.DB.prepare('SELECT typeof(?) t, ? AS b, ? AS yes').bind(1, new Uint8Array([1, 2]), true).first()
  },
  undefined: (env) => env.DB.prepare('SELECT ?').bind(undefined).all(),
  first: (env) => env.DB.prepare('SELECT id, email FROM users').first(),
  column: (env) => env.DB.prepare('SELECT id, email FROM users').first('email'),
  nobody: (env) => env.DB.prepare('SELECT id FROM users WHERE id = 99').first(),
  wrong: (env) => env.DB.prepare('SELECT id FROM users').first('name'),
  raw: (env) => env.DB.prepare('SELECT id, id, email FROM users').raw({ columnNames: true }),
  put: async (env) => {
    const { success, results, meta } = await env.DB.prepare('INSERT INTO users (email) VALUES (?)').bind('bob').run()
    return [success, results, meta.changes, meta.last_row_id, meta.changed_db]
  },
  running: async (env) => (await env.DB.prepare('SELECT id FROM users').run()).results,
  count: (env) => env.DB.prepare('SELECT count(*) AS n FROM users').first('n'),
  batch: async (env) => {
    const put = env.DB.prepare('INSERT INTO users (email) VALUES (?)')
    const count = env.DB.prepare('SELECT count(*) AS n FROM users')
    const results = await env.DB.batch([put.bind('b'), put.bind('c'), count])
    return results.map((each) => [each.meta.changes, each.results])
  },
  broken: (env) => {
    const put = env.DB.prepare('INSERT INTO users (email) VALUES (?)')
    return env.DB.batch([put.bind('d'), put.bind('ada@example.com')])
  },
  exec: async (env) => (await env.DB.exec("CREATE TABLE a (b)\\nINSERT INTO a VALUES (1)")).count,
  misspelt: (env) => env.DB.exec('INSERTZ INTO users VALUES (1)'),
  twice: (env) => env.DB.prepare("INSERT INTO users (email) VALUES ('ada@example.com')").run(),
  begin: (env) => env.DB.prepare('BEGIN').run(),
  lacking: (env) => env.DB.prepare('SELECT ?').all(),
  empty: (env) => env.EMPTY.prepare('SELECT * FROM users').all(),
  session: async (env) => {
    const session = env.DB.withSession('first-primary')
    const before = session.getBookmark()
    await session.prepare("INSERT INTO users (email) VALUES ('s')").run()
    const wrote = session.getBookmark()
    await session.prepare('SELECT 1').all()
    return [before, session.getBookmark() === wrote, wrote.split('-').length]
  },
  dump: (env) => env.DB.dump(),
}"""


@pytest.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    target = calling_by(tmp_path, WRANGLER, CALLS, {"migrations/0001_users.sql": MIGRATION})
    async with Lane(target, seed=1, logs=tmp_path / "logs") as lane:
        yield lane


@pytest.mark.parametrize(
    ("names", "observed"),
    [
        (["all"], [{"id": 1, "email": "ada@example.com", "picture": [0, 255]}]),
        (["success"], ["meta", "results", "success"]),
        (["bound"], [{"b": None, "a": "x"}]),
        (["types"], {"t": "real", "b": [1, 2], "yes": 1}),
        (["undefined"], "Error: D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'"),
        (["first"], {"id": 1, "email": "ada@example.com"}),
        (["column"], "ada@example.com"),
        (["nobody"], None),
        (["wrong"], "Error: D1_COLUMN_NOTFOUND: Column not found (name)"),
        (["raw"], [["id", "id", "email"], [1, 1, "ada@example.com"]]),
        (["put"], [True, [], 1, 2, True]),
        (["put", "count"], 2),
        (["running"], [{"id": 1}]),
        (["batch"], [[1, []], [1, []], [0, [{"n": 3}]]]),
        (
            ["broken"],
            (
                "Error: D1_ERROR: UNIQUE constraint failed: users.email: "
                "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)"
            ),
        ),
        (["broken", "count"], 1),
        (["exec"], 2),
        (
            ["misspelt"],
            (
                "Error: D1_EXEC_ERROR: Error in line 1: INSERTZ INTO users VALUES (1): "
                'near "INSERTZ": syntax error: SQLITE_ERROR'
            ),
        ),
        (["lacking"], "Error: D1_ERROR: Wrong number of parameter bindings for SQL query."),
        (["empty"], "Error: D1_ERROR: no such table: users: SQLITE_ERROR"),
        (["session"], [None, True, 4]),
    ],
)
async def test_a_worker_observes_of_the_mock_what_it_would_of_d1(
    lane: Lane, names: Sequence[str], observed: object
) -> None:
    assert await called(lane, *names) == observed


@pytest.mark.parametrize(
    ("name", "observed"),
    [
        ("begin", "Error: D1_ERROR: To execute a transaction, please use the state.storage.transaction()"),
        ("dump", "Error: D1_DUMP_ERROR: "),
    ],
)
async def test_what_d1_has_not_got_is_refused(lane: Lane, name: str, observed: str) -> None:
    assert str(await called(lane, name)).startswith(observed)


@pytest.mark.parametrize(
    ("faults", "name", "observed"),
    [
        ("http.status(code=429)", "all", "Error: D1_ERROR: D1 DB is overloaded. Too many requests queued."),
        ("http.status(code=503)", "first", "Error: D1_ERROR: D1 DB is overloaded. Requests queued for too long."),
        (
            "http.status(code=500)",
            "batch",
            "Error: D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
        ),
        (
            'http.status(code=500, message="D1 DB reset because its code was updated.")',
            "put",
            "Error: D1_ERROR: D1 DB reset because its code was updated.",
        ),
        (
            "http.status(code=408)",
            "exec",
            (
                "Error: D1_EXEC_ERROR: Error in line 1: CREATE TABLE a (b): "
                "D1 DB storage operation exceeded timeout which caused object to be reset."
            ),
        ),
        ("http.status(code=522)", "all", "Error: D1_ERROR: Failed to parse body as JSON, got: <!DOCTYPE html>"),
        ("http.html_with_200()", "all", "Error: D1_ERROR: Failed to parse body as JSON, got: <!DOCTYPE html>"),
        ("tcp.reset()", "all", "Error: Network connection lost."),
        ("http.wrong_content_length()", "all", "Error: D1_ERROR: Network connection lost."),
        ("payload.truncated_json()", "all", "Error: D1_ERROR: Failed to parse body as JSON, got: ["),
        ("payload.empty_body()", "put", "Error: D1_ERROR: Failed to parse body as JSON, got: "),
        (
            "payload.success_false()",
            "all",
            "Error: D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
        ),
        ("tcp.reset(at_byte=0)", "all", "Error: Network connection lost."),
    ],
)
async def test_every_fault_is_felt_inside_the_binding(lane: Lane, faults: str, name: str, observed: str) -> None:
    strike(lane, "d1.query", faults)

    seen = str(await called(lane, name))

    assert seen.startswith(observed), seen
    (struck,) = [call for call in lane.server.journal.exchanges() if call.faults]
    assert struck.surface == "d1.query"


async def test_a_write_whose_answer_is_lost_has_happened(lane: Lane) -> None:
    strike(lane, "d1.query", "tcp.reset()")
    lost = await called(lane, "put")
    lane.server.set_plan(Plan())

    assert (lost, await called(lane, "count")) == ("Error: Network connection lost.", 2)


async def test_no_other_lane_sees_what_is_written(tmp_path: Path, lane: Lane) -> None:
    await called(lane, "put")

    async with Lane(lane.target_file, seed=1, logs=tmp_path / "other") as other:
        assert (await called(lane, "count"), await called(other, "count")) == (2, 1)
