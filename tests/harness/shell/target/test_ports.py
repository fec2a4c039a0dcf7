"""Ports: free, given once, and kept from every other process of the user."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from harness.shell.target import ports
from harness.shell.target.ports import free_port

pytestmark = pytest.mark.usefixtures("own_register")

_TRY = """
import sys
from harness.shell.target import ports
print([ports._is_ours(int(port)) for port in sys.argv[1:]])
"""


@pytest.fixture
def own_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A register that nobody else uses, in this process and in its children."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ports, "_register", cache(ports._register.__wrapped__))
    monkeypatch.setattr(ports, "_given", set())


def offering(ports_offered: Iterable[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_candidates", lambda: iter(ports_offered))
    monkeypatch.setattr(ports, "_is_free", lambda _: True)


def test_a_port_is_none_that_the_system_hands_out_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says = tmp_path / "ip_local_port_range"
    says.write_text("10300\t60999\n", encoding="ascii")
    monkeypatch.setattr(ports, "_SYSTEMS_OWN", says)

    assert {free_port() < 10_300 for _ in range(20)} == {True}


@pytest.mark.parametrize("says", ["", "many\n", None])
def test_where_the_system_does_not_say_the_usual_lowest_bounds_it(
    says: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if says is not None:
        (tmp_path / "says").write_text(says, encoding="ascii")
    monkeypatch.setattr(ports, "_SYSTEMS_OWN", tmp_path / "says")

    assert free_port() < 32_768


def test_where_nothing_is_left_below_the_system_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "says").write_text("1024 65535\n", encoding="ascii")
    monkeypatch.setattr(ports, "_SYSTEMS_OWN", tmp_path / "says")

    with socket.create_server(("127.0.0.1", free_port())):
        pass


def test_a_port_that_somebody_listens_on_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        free = free_port()
        ports.give_back(free)
        monkeypatch.setattr(ports, "_candidates", lambda: iter([port, free]))

        assert free_port() == free


def test_a_free_port_can_be_bound() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass


def test_a_port_is_given_once_though_the_system_offers_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    offering([4, 4, 5], monkeypatch)

    assert [free_port(), free_port()] == [4, 5]


def test_a_port_that_is_given_back_may_be_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    offering([4, 4], monkeypatch)

    ports.give_back(free_port())

    assert free_port() == 4


def test_another_process_is_not_given_a_port_of_ours() -> None:
    mine, never_given = free_port(), 3

    done = subprocess.run(
        [sys.executable, "-c", _TRY, str(mine), str(never_given)], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[False, True]"


def test_a_port_that_another_process_was_given_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    offering([6, 7], monkeypatch)
    held = f"{_TRY}\nprint(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", held, "6"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"[True]\n"

        given = free_port()

        other.communicate(b"\n", timeout=30)
    assert given == 7
    assert ports._is_ours(6)  # its process has ended
