"""The databases that a Worker finds: made of its project's migrations, or refused with the file that is wrong."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from harness.core.target.worker.wrangler import Wrangler
from harness.errors import UsageError
from harness.mock_cloudflare.bindings.sql import Statement, run
from harness.mock_cloudflare.request import Database
from harness.shell.target.worker.migrations import databases


def _worker(**migrations: str) -> Wrangler:
    return Wrangler(name="w", main="w.mjs", compatibility_date="2026-11-01", migrations=migrations)


def _write(folder: Path, **files: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")


def _rows(image: bytes, text: str) -> tuple[tuple[object, ...], ...]:
    outcomes, _ = run(Database(image=image), [Statement(text)], now_s=0.0, rng=Random(0))
    return outcomes[0].rows


def test_migrations_are_applied_in_the_order_of_their_names(tmp_path: Path) -> None:
    _write(
        tmp_path / "sql",
        m0002_rows="-- two at once\ninsert into t values (1); insert into t values (2);",
        m0001_first="create table t (a)",
        m0003_nothing="-- nothing yet",
    )

    ((name, image),) = databases(_worker(id="sql"), tmp_path)

    assert name == "id"
    assert _rows(image, "select a from t") == ((1,), (2,))


def test_each_database_has_its_own(tmp_path: Path) -> None:
    _write(tmp_path / "one", a="create table one (a)")
    _write(tmp_path / "two", a="create table two (a)")

    found = dict(databases(_worker(x="one", y="two", z="nowhere"), tmp_path))

    assert {key: _rows(image, "select name from sqlite_master") for key, image in found.items()} == {
        "x": (("one",),),
        "y": (("two",),),
    }


def test_the_same_migrations_make_the_same_bytes(tmp_path: Path) -> None:
    _write(tmp_path / "m", a="create table t (a default current_timestamp, b); insert into t(b) values (random())")

    assert databases(_worker(id="m"), tmp_path) == databases(_worker(id="m"), tmp_path)


@pytest.mark.parametrize("text", [b"create tabel t (a)", b"\xff\xfe\xff"])
def test_one_that_cannot_be_applied_is_named(tmp_path: Path, text: bytes) -> None:
    _write(tmp_path / "m", a="create table t (a)")
    (tmp_path / "m" / "b.sql").write_bytes(text)

    with pytest.raises(UsageError, match=r"b\.sql cannot be applied"):
        databases(_worker(id="m"), tmp_path)
