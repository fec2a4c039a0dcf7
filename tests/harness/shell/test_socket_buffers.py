"""What a system says of its socket buffers is taken as it is, and nothing where it says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.socket_buffers import socket_buffers_bytes


def test_the_most_of_both_buffers_counts(tmp_path: Path) -> None:
    (tmp_path / "tcp_rmem").write_text("4096\t131072\t6291456\n")
    (tmp_path / "tcp_wmem").write_text("4096\t16384\t4194304\n")

    assert socket_buffers_bytes(tmp_path) == 6291456 + 4194304


@pytest.mark.parametrize("said", ["", "4096 131072", "a b c"])
def test_what_cannot_be_read_claims_nothing(said: str, tmp_path: Path) -> None:
    (tmp_path / "tcp_rmem").write_text(said)

    assert socket_buffers_bytes(tmp_path) == 0
