from __future__ import annotations

from pathlib import Path

import pytest

from fault_injection.plans.presets import PRESETS
from tests.harness.cli.conftest import Edgeproof


def test_a_plan_is_checked_in_words_and_as_a_picture(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[[rule]]\nfault = 'http.status(code=503)'\np = 0.5\n")

    done = edgeproof("plan", "check", "mine.toml")

    assert done.code == 0
    assert "rule 1: http.status(code=503) for 50% of every exchange" in done.out
    assert "▄▄▄▄" in done.out
    assert "no ttl_s" in done.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rule]]\nfault = 'http.statsu'\n", ["mine.toml cannot be used as a plan", "http.status"]),
        ("ttl_s = -1\n", ["mine.toml cannot be used as a plan", "ttl_s=-1"]),
    ],
)
def test_a_plan_that_cannot_be_used_is_refused_in_one_breath(
    edgeproof: Edgeproof, tmp_path: Path, text: str, words: list[str]
) -> None:
    (tmp_path / "mine.toml").write_text(text)

    done = edgeproof("plan", "check", "mine.toml")

    assert done.code == 2
    assert all(word in done.err for word in words)
    assert "Traceback" not in done.err


def test_a_name_that_is_neither_file_nor_preset_is_told_which_presets_there_are(edgeproof: Edgeproof) -> None:
    done = edgeproof("plan", "check", "brownuot")

    assert done.code == 2
    assert "a preset: brownout" in done.err


def test_presets_are_listed_and_can_be_kept(edgeproof: Edgeproof) -> None:
    listed = edgeproof("plan", "presets")
    shown = edgeproof("plan", "show", "brownout")

    assert [line.split()[0] for line in listed.out.splitlines()] == list(PRESETS)
    assert shown.out == PRESETS["brownout"]


def test_a_preset_is_checked_by_its_name(edgeproof: Edgeproof) -> None:
    done = edgeproof("plan", "check", "brownout")

    assert done.code == 0
    assert "phase recovery: from 35 s to 45 s" in done.out
    assert "never strikes" not in done.out
