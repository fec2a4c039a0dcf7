"""Failures that were kept are read by name; a file that is none is refused with its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.judging.failures import content_name
from harness.errors import UsageError
from harness.shell.playing.kept_files import called, kept_in, read_kept
from scenarios.case import Step
from scenarios.case_file import KeptCase, found_case


def test_every_file_of_the_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(f'id = "found.{name}"\n[[step]]\n')
    (tmp_path / "notes.txt").write_text("not one of them")

    assert [kept.case.id for _, kept in kept_in(tmp_path)] == ["found.a", "found.b"]


def test_no_folder_holds_nothing(tmp_path: Path) -> None:
    assert kept_in(tmp_path / "missing") == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"step = [", "this is not TOML"), (b"\xff", "is not UTF-8"), (None, "cannot be read: No such file")],
)
def test_what_is_no_case_is_refused_with_its_path(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        read_kept(path)

    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_failure_goes_by_the_name_under_which_it_was_found() -> None:
    case = found_case("pairs.12", [Step()])
    kept = KeptCase(case=case, seed=3, invariant="no-loss")
    name = f"no-loss-{content_name(case)}"

    assert called(Path(f"out/regressions/{name}.toml"), kept) == f"found.{name}"
    assert called(Path("mine.toml"), kept) == "pairs.12"
