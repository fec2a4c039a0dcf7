from __future__ import annotations

import json
from pathlib import Path

from harness.core.observed.redact import Redactor
from harness.shell.gateway.audit import Audit


def test_a_log_is_only_ever_added_to(tmp_path: Path) -> None:
    for run in ("r1", "r2"):
        audit = Audit(tmp_path / "new" / "log")
        audit.note("armed", run=run)
        audit.close()

    lines = [json.loads(line) for line in (tmp_path / "new" / "log").read_text().splitlines()]
    assert [(line["event"], line["run"]) for line in lines] == [("armed", "r1"), ("armed", "r2")]
    assert (tmp_path / "new" / "log").stat().st_mode & 0o077 == 0


def test_secrets_never_reach_the_log(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "log", redactor=Redactor(["sesame-token"]))
    audit.note("problem", what="Authorization: Bearer abc123 and sesame-token")
    audit.close()

    text = (tmp_path / "log").read_text()
    assert "sesame" not in text
    assert "abc123" not in text


def test_a_disk_that_is_full_is_noticed_and_breaks_nothing() -> None:
    audit = Audit(Path("/dev/full"))
    audit.note("armed")
    audit.note("struck")

    assert audit.is_broken


def test_no_log_is_no_trouble() -> None:
    audit = Audit(None)
    audit.note("armed")
    audit.close()

    assert not audit.is_broken
