"""A run shared out and put together again, as its users do it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.shards import parsed, part_of
from reports.record import Shard, read
from scenarios.index import ALL, select
from scenarios.profiles import PROFILES
from tests.harness.cli.conftest import Edgeproof
from tests.reports.sample import case, record

CASES = "streaming.plain,json.extra-fields,json.gzip,json.empty-body"


@pytest.mark.acceptance
def test_two_shards_make_the_record_of_the_whole(edgeproof: Edgeproof, tmp_path: Path) -> None:
    asked = ("run", "--case", CASES, "--seed", "3")
    codes = [edgeproof(*asked, "--shard", f"{number}/2", "--out", f"{number}").code for number in (1, 2)]

    whole = edgeproof("merge", "1/results.json", "2/results.json", "--out", "all", "--timings")

    assert (codes, whole.code) == ([0, 0], 0), whole.err
    assert "merged from 2 of 2 shards" in whole.out
    assert "Slowest of 4 cases" in whole.out
    assert [each.id for each in read(tmp_path / "all/results.json").cases] == [each.id for each in select(CASES)]
    assert {path.name for path in (tmp_path / "all").iterdir()} == {
        "results.json", "junit.xml", "index.html", "summary.md",
    }  # fmt: skip


def test_a_missing_shard_is_told_and_gives_3(edgeproof: Edgeproof, tmp_path: Path) -> None:
    for number in (1, 2, 4):
        shard = Shard(numbers=(number,), of=4)
        (tmp_path / f"{number}.json").write_text(record([case(f"a.{number}")], shard=shard).to_json())

    outcome = edgeproof("merge", "1.json", "2.json", "4.json", "--json")

    assert outcome.code == 3
    assert [each["cause"] for each in json.loads(outcome.out)["cases"]][-1] == "shard 3 is missing"
    assert "shard 3 is missing" in edgeproof("report", "edgeproof-report/results.json").out


def test_parts_of_other_runs_are_refused_in_one_line(edgeproof: Edgeproof, tmp_path: Path) -> None:
    for number, seed in ((1, 7), (2, 8)):
        shard = Shard(numbers=(number,), of=2)
        (tmp_path / f"{number}.json").write_text(record([case(f"a.{number}")], shard=shard, seed=seed).to_json())

    outcome = edgeproof("merge", "1.json", "2.json")

    assert outcome.code == 2
    assert outcome.err == (
        "edgeproof: 1.json and 2.json do not belong together, the seed differs: 7 and 8\n"
        "merge shards of one run: the same command, but for --shard and --out\n"
    )


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_the_shards_of_a_run_leave_nothing_out_and_do_nothing_twice(of: int) -> None:
    profile = PROFILES["quick"]
    parts = [
        part_of(Shard(numbers=(number,), of=of), profile.suites, ALL, profile=profile) for number in range(1, of + 1)
    ]

    assert sorted(each.id for _, _, cases in parts for each in cases) == sorted(each.id for each in ALL)
    assert sorted({suite for _, suites, _ in parts for suite in suites}) == sorted(profile.suites)
    assert sum(suite != "conformance" for _, suites, _ in parts for suite in suites) == len(profile.suites) - 1
    assert len({shard.plan for shard, _, _ in parts}) == 1


def test_a_run_in_one_piece_is_no_shard() -> None:
    assert parsed(None) is None
    assert parsed("2/3") == Shard(numbers=(2,), of=3)
