"""What a target has written is shown and left behind without its secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.observed.redact import Redactor
from harness.shell.target import log as target_log

REDACTOR = Redactor(["s3cret"])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "target.log"
    path.write_bytes(b"one\ntoken s3cret\nthree \xff")
    return path


def test_the_tail_is_the_last_lines_without_secrets(log: Path) -> None:
    assert target_log.tail(log, REDACTOR, lines=2) == "token [redacted]\nthree �"
    assert "s3cret" in log.read_text(errors="replace")


def test_there_is_no_tail_before_there_is_a_log(tmp_path: Path) -> None:
    assert target_log.tail(tmp_path / "target.log", REDACTOR, lines=2) == ""


def test_of_a_long_log_only_the_end_is_read(log: Path) -> None:
    log.write_bytes(b"x" * 1_000_000)

    assert len(target_log.tail(log, REDACTOR, lines=2)) == 64 * 1024


def test_a_cleared_log_keeps_all_else_and_leaves_nothing_beside_it(log: Path) -> None:
    target_log.clear(log, REDACTOR)

    assert log.read_bytes() == b"one\ntoken [redacted]\nthree \xff"
    assert list(log.parent.iterdir()) == [log]
