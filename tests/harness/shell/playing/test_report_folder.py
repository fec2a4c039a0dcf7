from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.playing.report_folder import write_reports
from reports import html
from reports.record import RunRecord, read
from tests.reports.sample import record


def test_everything_is_written_and_nothing_half(tmp_path: Path) -> None:
    write_reports(record(), tmp_path / "deep" / "down")

    written = {path.name for path in (tmp_path / "deep" / "down").iterdir()}
    assert written == {"results.json", "junit.xml", "index.html", "summary.md"}
    assert read(tmp_path / "deep" / "down" / "results.json") == record()


def test_a_renderer_that_fails_loses_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: RunRecord) -> str:
        raise RuntimeError("no ink")

    monkeypatch.setattr(html, "render", fail)
    with pytest.raises(RuntimeError, match="no ink"):
        write_reports(record(), tmp_path)

    assert read(tmp_path / "results.json") == record()
