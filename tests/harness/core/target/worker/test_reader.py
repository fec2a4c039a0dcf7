"""Wrangler files as people have them, and what is said of those that cannot be used."""

from __future__ import annotations

import pytest

from harness.core.target.worker.reader import read
from harness.core.target.worker.wrangler import Binding, DurableObject, Wrangler
from harness.errors import UsageError

ID = "7d1f3a5c9b2e4806a1c3e5f708192a3b"
JSONC = f"""{{
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "mine",
  "main": "src/index.ts", // the entry
  "compatibility_date": "2026-11-01",
  "compatibility_flags": ["nodejs_compat"],
  "observability": {{ "enabled": true }},
  "routes": [{{ "pattern": "example.com/*", "zone_name": "example.com" }}],
  "vars": {{ "MODEL": "@cf/zai-org/glm-4.7-flash", "LIMITS": {{ "a": 1 }} }},
  "ai": {{ "binding": "AI" }},
  "kv_namespaces": [{{ "binding": "CACHE", "id": "{ID}", "preview_id": "x" }}, {{ "binding": "OTHER" }}],
  "durable_objects": {{ "bindings": [{{ "name": "ROOM", "class_name": "Room" }}] }},
  "migrations": [{{ "tag": "v1", "new_sqlite_classes": ["Room"] }}],
  "env": {{
    "staging": {{
      "vars": {{ "MODEL": "other" }},
      "ai": {{ "binding": "BRAIN" }},
    }},
  }},
}}
"""
TOML = f"""
name = "mine"
main = "src/index.ts"
compatibility_date = 2026-11-01
compatibility_flags = ["nodejs_compat"]
kv_namespaces = [{{ binding = "CACHE", id = "{ID}" }}]

[vars]
MODEL = "@cf/zai-org/glm-4.7-flash"

[ai]
binding = "AI"
"""
LEAST = '"main": "a.js", "compatibility_date": "2026-11-01"'


def _read(more: str = "", **options: str) -> Wrangler:
    return read(f"{{{LEAST}{more and ', '}{more}}}", file="wrangler.jsonc", environment=options.get("environment"))


def _refusal(text: str, *, file: str = "wrangler.jsonc", environment: str | None = None) -> str:
    with pytest.raises(UsageError) as refused:
        read(text, file=file, environment=environment)
    return str(refused.value)


def test_a_file_in_jsonc_is_read_as_wrangler_reads_it() -> None:
    worker = read(JSONC, file="wrangler.jsonc")

    assert (worker.name, worker.main, worker.compatibility_date) == ("mine", "src/index.ts", "2026-11-01")
    assert worker.compatibility_flags == ("nodejs_compat",)
    assert worker.vars == {"MODEL": "@cf/zai-org/glm-4.7-flash", "LIMITS": {"a": 1}}
    assert worker.bindings[:2] == (
        Binding(name="AI", kind="ai"),
        Binding(name="CACHE", kind="kv", bound_to=ID),
    )
    assert worker.durable_objects == (DurableObject(name="ROOM", class_name="Room", sqlite=True),)
    assert worker.left_out == ()


def test_a_file_in_toml_says_the_same() -> None:
    worker, other = read(TOML, file="wrangler.toml"), read(JSONC, file="wrangler.jsonc")

    assert (worker.main, worker.compatibility_date) == (other.main, other.compatibility_date)
    assert worker.bindings == other.bindings[:2]


def test_a_namespace_without_an_id_has_one_of_its_own() -> None:
    one, other = (_read(f'"kv_namespaces": [{{"binding": "{name}", "id": "<YOUR_ID>"}}]').bindings[0] for name in "AB")

    assert len(one.bound_to) == 32
    assert one.bound_to != other.bound_to


def test_an_environment_has_its_own_bindings_and_what_it_does_not_say_from_the_top() -> None:
    worker = read(JSONC, file="wrangler.jsonc", environment="staging")

    assert (worker.name, worker.compatibility_date) == ("mine", "2026-11-01")
    assert worker.vars == {"MODEL": "other"}
    assert worker.bindings == (Binding(name="BRAIN", kind="ai"),)  # bindings are not inherited
    assert worker.durable_objects == ()


def test_an_environment_that_is_not_there_is_refused_with_those_that_are() -> None:
    assert "has no environment 'prod': it has staging" in _refusal(JSONC, environment="prod")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line "),
        ("[]", "it should be an object"),
        ("[" * 5000, "nests too deeply"),
        ('{"compatibility_date": "2026-11-01"}', "main: it is missing"),
        ('{"main": "a.js"}', "compatibility_date: it is missing"),
        ('{\n"main": "a.js",\n"compatibility_date": "today"}', "line 3: compatibility_date: it should be a day"),
        (f'{{{LEAST},\n"vectorize": [{{"binding": "V"}}]}}', "line 2: vectorize: it cannot be served here yet"),
        (f'{{{LEAST},\n"ai": {{\n"binding": 1}}}}', "line 3: ai.binding: it should be a name"),
        (f'{{{LEAST},\n"kv_namespaces": [\n{{"id": "x"}}]}}', "line 3: kv_namespaces.0.binding: it should be a name"),
        (f'{{{LEAST},\n"kv_namespaces": {{}}}}', "line 2: kv_namespaces: it should be a list of tables"),
        (f'{{{LEAST},\n"vars": []}}', "line 2: vars: it should be a table"),
        (f'{{{LEAST}, "compatibility_flags": "a"}}', "compatibility_flags: it should be a list of texts"),
        (f'{{{LEAST}, "durable_objects": {{"bindings": [{{"name": "A"}}]}}}}', "a name and a class_name"),
        (
            f'{{{LEAST}, "durable_objects": {{"bindings": [{{"name": "A", "class_name": "B", "script_name": "c"}}]}}}}',
            "a class of another Worker cannot be served here yet",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(text: str, said: str) -> None:
    refusal = _refusal(text)

    assert said in refusal
    assert "wrangler.jsonc cannot be used" in refusal


def test_everything_that_is_wrong_is_told_at_once() -> None:
    refusal = _refusal('{\n"vectorize": [1],\n"hyperdrive": [1]\n}')

    assert [word in refusal for word in ("line 2: vectorize", "line 3: hyperdrive", "main: it is missing")] == [
        True
    ] * 3


def test_in_an_environment_the_line_is_that_of_the_environment() -> None:
    text = f'{{{LEAST},\n"vectorize": [],\n"env": {{"staging": {{\n"vectorize": [1]}}}}}}'

    assert "line 4: vectorize" in _refusal(text, environment="staging")


def test_a_broken_toml_file_is_told_with_its_line() -> None:
    assert "line 1" in _refusal("name = \n", file="wrangler.toml")


@pytest.mark.parametrize("left", ['"assets": {"directory": "public"}', '"triggers": {"crons": ["* * * * *"]}'])
def test_what_a_worker_can_live_without_is_left_out_with_a_word(left: str) -> None:
    (told,) = _read(left).left_out

    assert told.startswith(left.split('"')[1])


def test_what_is_empty_asks_for_nothing() -> None:
    assert _read('"vectorize": [], "assets": {}').left_out == ()


def test_buckets_queues_and_datasets_are_bound_to_their_names() -> None:
    worker = _read(
        '"r2_buckets": [{"binding": "FILES", "bucket_name": "files"}],'
        '"queues": {"producers": [{"binding": "JOBS", "queue": "jobs"}]},'
        '"analytics_engine_datasets": [{"binding": "USAGE"}]'
    )

    assert worker.bindings == (
        Binding(name="FILES", kind="r2", bound_to="files"),
        Binding(name="USAGE", kind="analytics", bound_to="USAGE"),
        Binding(name="JOBS", kind="queue", bound_to="jobs"),
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('"queues": []', "queues: it should be a table"),
        ('"queues": {"producers": [1]}', "queues.producers: it should be a list of tables"),
        ('"r2_buckets": [{"bucket_name": "b"}]', "r2_buckets.0.binding: it should be a name"),
    ],
)
def test_a_list_of_bindings_that_is_none_is_told(more: str, said: str) -> None:
    assert said in _refusal(f"{{{LEAST}, {more}}}")


def test_a_database_is_bound_by_its_id_and_has_a_folder_of_migrations() -> None:
    worker = _read(
        '"d1_databases": [{"binding": "DB", "database_name": "n", "database_id": "9d2"}, '
        '{"binding": "OTHER", "migrations_dir": "sql"}]'
    )

    assert worker.bindings == (
        Binding(name="DB", kind="d1", bound_to="9d2"),
        Binding(name="OTHER", kind="d1", bound_to="OTHER"),
    )
    assert worker.migrations == {"9d2": "migrations", "OTHER": "sql"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('"d1_databases": [{"binding": "DB", "migrations_dir": 1}]', "d1_databases.0.migrations_dir: it should be"),
        (
            '"compatibility_flags": ["d1_binding_jsrpc"], "d1_databases": [{"binding": "DB"}]',
            "d1_databases: it cannot be served here with the compatibility flag d1_binding_jsrpc",
        ),
    ],
)
def test_a_database_that_cannot_be_served_is_told(more: str, said: str) -> None:
    assert said in _refusal(f"{{{LEAST}, {more}}}")
