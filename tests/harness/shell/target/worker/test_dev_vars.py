"""What `.dev.vars` puts into a Worker's env."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.target.worker.dev_vars import dev_vars, parse


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1", {"A": "1"}),
        ("A = 1 # a comment", {"A": "1"}),
        ('A="one # two"', {"A": "one # two"}),
        ('A="line\\nnext \\"quoted\\""', {"A": 'line\nnext "quoted"'}),
        ("A='$plain\\n'", {"A": "$plain\\n"}),
        ("export A=1\nB=2", {"A": "1", "B": "2"}),
        ("# A=1\n\nB=", {"B": ""}),
        ("A=1\nA=2", {"A": "2"}),
        ("not an assignment", {}),
        ('A="over\ntwo lines"\nB=1', {"A": "over\ntwo lines", "B": "1"}),
    ],
)
def test_assignments_are_read_as_dotenv_reads_them(text: str, values: dict[str, str]) -> None:
    assert parse(text) == values


def test_an_environment_has_a_file_of_its_own_or_the_one_for_all(tmp_path: Path) -> None:
    assert dev_vars(tmp_path, "staging") == {}

    (tmp_path / ".dev.vars").write_text("A=all", encoding="utf-8")
    assert dev_vars(tmp_path, "staging") == {"A": "all"}

    (tmp_path / ".dev.vars.staging").write_text("A=own", encoding="utf-8")
    assert dev_vars(tmp_path, "staging") == {"A": "own"}
    assert dev_vars(tmp_path, None) == {"A": "all"}
