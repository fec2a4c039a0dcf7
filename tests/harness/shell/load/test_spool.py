from __future__ import annotations

from pathlib import Path

from harness.shell.load.spool import take_reports, write_report
from tests.harness.core.load.loads import answer, report


def test_reports_are_read_once_and_in_their_order(tmp_path: Path) -> None:
    for number in range(12):
        write_report(tmp_path, report(answer(), number=number))

    read = [each.number for each in take_reports(tmp_path)]

    assert read == list(range(12))
    assert list(take_reports(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_still_being_written_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "00000000000000000001.part").write_text('{"number"')

    assert list(take_reports(tmp_path)) == []
