from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

import fault_injection
from fault_injection.__main__ import main
from fault_injection.catalogue import END, LEFT_OUT, START, catalogue, renewed
from fault_injection.registry import ALL

README = Path(fault_injection.__file__).parent / "README.md"


def test_the_catalogue_in_the_readme_is_what_the_faults_say() -> None:
    readme = README.read_text(encoding="utf-8")

    assert renewed(readme) == readme, "make it anew as the README says under 'Adding a fault'"


@pytest.fixture(scope="module")
def rows() -> list[str]:
    return catalogue().splitlines()


@pytest.mark.parametrize("kind", ALL.values(), ids=list(ALL))
def test_a_row_tells_what_happens_the_law_and_every_parameter(kind: type, rows: list[str]) -> None:
    (row,) = [line for line in rows if line.startswith(f"| `{kind.id}` |")]  # type: ignore[attr-defined]  # a fault

    assert kind.law in row  # type: ignore[attr-defined]  # a fault
    assert all(f"`{item.name}=" in row for item in kind.parameters())  # type: ignore[attr-defined]  # a fault
    assert row.replace("\\|", "").count("|") == 6


def test_what_shows_beforehand_and_what_is_passed_by_are_told_with_their_reasons(rows: list[str]) -> None:
    for kind in ALL.values():
        family = kind.id.partition(".")[0]
        for reason in (*kind.needs, *([kind.tell] if kind.tell else [])):
            (row,) = [row for row in rows if row.startswith(f"| {reason} |")]
            assert f"`{kind.id}`" in row or f"all of `{family}`" in row


def test_what_is_left_out_is_told_with_its_reason() -> None:
    assert all(f"| {what} | {why} |" in catalogue() for what, why in LEFT_OUT)


def test_only_what_stands_between_the_marks_is_made_anew() -> None:
    assert renewed(f"before\n{START}\nold\n{END}\nafter\n") == f"before\n{catalogue()}\nafter\n"


@pytest.mark.parametrize(("readme", "mark"), [("", START), (START, END)])
def test_a_readme_without_its_marks_is_refused(readme: str, mark: str) -> None:
    with pytest.raises(ValueError, match="the README lacks the mark") as caught:
        renewed(readme)

    assert mark in str(caught.value)


def test_the_command_renews_what_it_reads(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{START}{END}"))

    main()

    assert capsys.readouterr().out == catalogue()
