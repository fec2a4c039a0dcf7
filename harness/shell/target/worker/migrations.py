"""The databases of D1 that a Worker finds when it starts: empty, with the project's migrations applied to them.

The one rule: what `wrangler d1 migrations apply` would apply is applied, in its order; a migration that D1 would refuse
is refused here, before anything starts.
Source: Cloudflare docs, D1, migrations.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Final

from harness.core.target.worker.wrangler import Wrangler
from harness.errors import UsageError
from harness.mock_cloudflare.bindings.sql import SqlError, Statement, parts_of, run
from harness.mock_cloudflare.request import Database

_DAY_S: Final = 1_767_225_600.0
"""When migrations believe that they are run, in Unix seconds: the first moment of 2026, in every run."""


def databases(worker: Wrangler, folder: Path) -> tuple[tuple[str, bytes], ...]:
    """Return what each database holds that has migrations: its id, and its image as SQLite writes it.

    Raises:
        UsageError: a migration cannot be read or applied.
    """
    images = ((name, _migrated(folder / told).image) for name, told in worker.migrations.items())
    return tuple((name, image) for name, image in images if image)


def _migrated(folder: Path) -> Database:
    database = Database()
    for path in sorted(folder.glob("*.sql")):
        try:
            asked = [Statement(part) for part in parts_of(path.read_text(encoding="utf-8-sig"))]
            database = run(database, asked, now_s=_DAY_S, rng=Random(0))[1] if asked else database
        except (OSError, UnicodeDecodeError, SqlError) as error:
            raise UsageError(
                f"the migration {path} cannot be applied",
                evidence=(error.strerror or str(error)) if isinstance(error, OSError) else str(error),
                next_step="correct it; `wrangler d1 migrations apply --local` shows the same",
            ) from error
    return database
