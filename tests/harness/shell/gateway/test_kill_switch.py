from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.gateway.kill_switch import FILE, VARIABLE, kill_switch


@pytest.mark.parametrize(("value", "is_off"), [("off", True), (" OFF ", True), ("0", True), ("on", False), ("", False)])
def test_a_variable_turns_everything_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str, is_off: bool
) -> None:
    monkeypatch.setenv(VARIABLE, value)

    assert bool(kill_switch(tmp_path / FILE)()) is is_off


def test_so_does_a_file_at_any_time(tmp_path: Path) -> None:
    why_not = kill_switch(tmp_path / FILE)
    before = why_not()
    (tmp_path / FILE).touch()

    assert before == ""
    assert "chaos.stop" in why_not()
