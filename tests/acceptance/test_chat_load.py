"""A chat service under load, from the command line to the reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.cli.process import edgeproof

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(240)]

METRICS = ["first_token_s", "tokens_per_s", "persisted_s", "list_s", "get_s", "streams_at_once", "errors"]


def played(folder: Path, *words: str) -> tuple[int, str, dict[str, Any]]:
    with edgeproof("load", "--profile", "chat", "--seed", "3", "--out", "out", *words, cwd=folder) as child:
        out, _ = child.communicate()
    found: dict[str, Any] = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
    return child.returncode, out, found


def test_the_embedded_service_is_held_against_its_targets_on_both_databases(tmp_path: Path) -> None:
    code, out, found = played(tmp_path, "--users", "4", "--duration", "9s")

    rows = {row["objective"]: row for row in found["load"]["objectives"]}
    assert {case["id"]: case["verdict"] for case in found["cases"]} == {
        "load.chat-sqlite": "pass", "load.chat-postgresql": "pass",
    }  # fmt: skip
    assert [name.split(": ")[1].split()[0] for name in rows] == METRICS * 2
    for database in ("sqlite", "postgresql"):
        assert rows[f"{database}: streams_at_once >= 4"]["met"] is True
        assert rows[f"{database}: errors <= 0"]["met"] is True
        assert rows[f"{database}: persisted_s p95 < 0.1"]["measured"] > 0
    assert [row["answers"] == row["right"] >= 4 for row in found["load"]["databases"]] == [True, True]
    assert all(row["generator_cpus"] > 0 for row in found["load"]["databases"])
    assert code in (0, 3, 4)  # how fast it is depends on the machine
    assert "postgresql: first_token_s p95 < 1" in out
    assert "sqlite: list_s" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert found["cases"][0]["replay"].startswith("edgeproof load --profile chat --users 4 --duration 9s --seed 3")
    assert "chat-0-" not in (tmp_path / "out" / "results.json").read_text(encoding="utf-8")  # a user's token
