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


NODE = """node:internal/process/promises:288
            triggerUncaughtException(err, true /* fromPromise */);

TypeError: fetch failed
    at node:internal/deps/undici/undici:13502:13
  [cause]: SocketError: other side closed
      at Socket.onSocketEnd (node:internal/deps/undici/undici:7150:14)
    code: 'UND_ERR_SOCKET',
    socket: {
      bytesRead: 0
    },
  }
}

Node.js v20.20.2
"""
PYTHON = "Traceback (most recent call last):\n  File 'a.py', line 1\nValueError: no\n"


@pytest.mark.parametrize(
    ("written", "first", "lines"),
    [
        (NODE, ["TypeError: fetch failed", "  [cause]: SocketError: other side closed"], 5),
        (PYTHON, ["Traceback (most recent call last):"], 3),
        ("bye\n\n", ["bye"], 1),
    ],
    ids=["node", "python", "no-error"],
)
def test_the_last_words_of_a_process_name_its_error(log: Path, written: str, first: list[str], lines: int) -> None:
    log.write_text(written)

    said = target_log.last_words(log, REDACTOR, lines=5).splitlines()

    assert (said[: len(first)], len(said)) == (first, lines)


def test_a_cleared_log_keeps_all_else_and_leaves_nothing_beside_it(log: Path) -> None:
    target_log.clear(log, REDACTOR)

    assert log.read_bytes() == b"one\ntoken [redacted]\nthree \xff"
    assert list(log.parent.iterdir()) == [log]
