"""The live page as a process."""

from __future__ import annotations

import socket
from pathlib import Path

import psutil
import pytest

from harness.errors import UsageError
from harness.shell.live.page_process import PageProcess
from tests.pages import text_of, text_with
from tests.reports.live.runs import CUT, judged, started
from tests.reports.sample import laundered


def test_it_shows_what_it_is_told_and_ends_when_it_is_closed(tmp_path: Path) -> None:
    page = PageProcess.start(port=0, report=tmp_path / "index.html")
    process = psutil.Process(page._process.pid)
    try:
        page.tell(started())
        page.tell(judged(laundered()))
        text = text_with(page.url, f'data-cell="{CUT}"')
    finally:
        page.close()

    assert "my-proxy" in text
    assert not process.is_running()


def test_a_port_that_is_taken_is_a_mistake_in_the_call(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(UsageError, match=f"the live page cannot have port {port}: Address already in use"):
            PageProcess.start(port=port, report=tmp_path / "index.html")


def test_a_page_that_is_killed_stops_nobody(tmp_path: Path) -> None:
    page = PageProcess.start(port=0, report=tmp_path / "index.html")
    page._process.kill()
    page._process.wait()

    for _ in range(50):
        page.tell(started())
    page.close()

    assert not page._teller.is_alive()
    with pytest.raises(OSError, match="refused"):
        text_of(page.url)
