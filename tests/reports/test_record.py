"""The record: what follows from the cases, what survives a file, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reports.record import (
    SCHEMA,
    CaseResult,
    Level,
    RecordError,
    RunRecord,
    Shard,
    Target,
    Verdict,
    count,
    overall,
    read,
    worst,
)
from tests.reports.sample import case, record, unsteady_record

ORDER = [
    Verdict.FAIL,
    Verdict.HARNESS_ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.NON_STRICT,
    Verdict.INFO,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
]


def changed(**more: object) -> str:
    """The sample record as a file in which some top-level keys say something else."""
    return json.dumps(json.loads(record().to_json()) | more)


@pytest.mark.parametrize("position", range(len(ORDER)))
def test_the_worst_verdict_wins(position: int) -> None:
    assert worst(reversed(ORDER[position:])) is ORDER[position]


def test_the_worst_of_nothing_is_inconclusive() -> None:
    assert worst([]) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], Verdict.INCONCLUSIVE),
        ([Verdict.NOT_APPLICABLE], Verdict.INCONCLUSIVE),
        ([Verdict.NOT_APPLICABLE, Verdict.HARNESS_ERROR], Verdict.INCONCLUSIVE),
        ([Verdict.NOT_APPLICABLE, Verdict.PASS], Verdict.PASS),
        ([Verdict.PASS, Verdict.INFO], Verdict.INFO),
        ([Verdict.PASS, Verdict.HARNESS_ERROR], Verdict.HARNESS_ERROR),
        ([Verdict.FAIL, Verdict.HARNESS_ERROR], Verdict.FAIL),
    ],
    ids=["none", "not-applicable", "harness-error", "pass", "info", "error-beside-pass", "fail"],
)
def test_a_run_without_a_judged_case_is_inconclusive(verdicts: list[Verdict], expected: Verdict) -> None:
    assert overall(verdicts) is expected


@given(st.lists(st.sampled_from(Verdict)))
def test_counts_have_every_verdict_and_add_up(verdicts: list[Verdict]) -> None:
    counts = count(verdicts)

    assert list(counts) == list(Verdict)
    assert sum(counts.values()) == len(verdicts)


def test_a_record_has_the_published_keys_in_the_published_order() -> None:
    data = json.loads(record().to_json())

    assert list(data) == [
        "schema",
        "edgeproof",
        "seed",
        "profile",
        "target",
        "started_at",
        "duration_s",
        "verdict",
        "counts",
        "cases",
        "problems",
        "causes",
        "load",
        "leaks",
        "coverage",
        "properties",
        "chaos",
        "stability",
        "not_judged",
        "shard",
        "gate",
        "clock_s",
    ]
    assert data["schema"] == "edgeproof.results/1"
    assert data["counts"] == {
        "pass": 11,
        "fail": 2,
        "non-strict": 1,
        "info": 1,
        "not-applicable": 3,
        "inconclusive": 1,
        "harness-error": 1,
    }
    assert data["verdict"] == "fail"


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(record().to_json(), encoding="utf-8")

    assert read(path) == record()


def test_the_start_is_written_in_utc() -> None:
    written = json.loads(record(started_at="2026-03-02T01:30:00+02:00").to_json())

    assert written["started_at"] == "2026-03-01T23:30:00Z"


def test_a_start_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="started_at"):
        record(started_at="2026-03-02T01:30:00")


def test_keys_of_a_newer_minor_record_are_kept() -> None:
    text = changed(schema=f"{SCHEMA}.4", weather={"sun": True})

    assert json.loads(RunRecord.from_json(text).to_json())["weather"] == {"sun": True}


@pytest.mark.parametrize(
    ("name", "fix"), [("edgeproof.results/2", "update edgeproof"), ("edgeproof.results/0", "that wrote it")]
)
def test_another_schema_is_refused_with_both_versions_named(name: str, fix: str) -> None:
    with pytest.raises(RecordError, match=fix) as caught:
        RunRecord.from_json(changed(schema=name))

    assert name in str(caught.value)
    assert SCHEMA in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 100_000, '{"schema": 1}', '{"schema": "other/1"}'],
    ids=["empty", "list", "object", "too-deep", "number", "foreign"],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(RecordError):
        RunRecord.from_json(text)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("counts", count([Verdict.PASS]), "counts say 1 pass, the cases say 11 pass, 2 fail"),
        ("counts", {"pass": 11}, "counts lack"),
        ("counts", count([]), "counts say nothing"),
        ("verdict", "pass", "verdict says pass, the cases say fail"),
        ("seed", "seven", "seed"),
        ("duration_s", float("nan"), "duration_s"),
        ("started_at", "9999-12-31T23:59:59-01:00", "started_at: it should be a moment"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(key: str, value: object, told: str) -> None:
    with pytest.raises(RecordError, match=told):
        RunRecord.from_json(changed(**{key: value}))


def test_only_the_first_problems_are_told() -> None:
    with pytest.raises(RecordError, match="and 2 more"):
        RunRecord.from_json(changed(seed="x", profile=1, duration_s=-1, target=3, edgeproof=None))


@pytest.mark.parametrize("content", [None, b"\xff\xfe{}", b"not json"], ids=["missing", "not-utf-8", "not-json"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "results.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(RecordError, match=r"results\.json"):
        read(path)


def test_text_that_no_file_can_hold_is_replaced() -> None:
    kept = record([case("a.b", saw="\ud800x")], load={"p\udc00": [float("nan"), ("\ud800",)]})

    assert kept.cases[0].saw == "?x"
    assert kept.load == {"p?": [None, ["?"]]}
    assert RunRecord.from_json(kept.to_json()) == kept


def test_a_case_without_a_family_takes_it_from_its_id() -> None:
    fields = {
        "id": "streaming.cut-before-done",
        "suite": "conformance",
        "level": "must",
        "verdict": "pass",
        "duration_s": 0,
        "promised": "a",
        "saw": "b",
    }

    assert CaseResult.model_validate(fields).family == "streaming"


def test_what_is_no_case_at_all_is_refused() -> None:
    with pytest.raises(RecordError, match=r"cases\.0"):
        RunRecord.from_json(changed(cases=["x"]))


@pytest.mark.parametrize("hexadecimal", ["xy", "a", "AB"])
def test_bytes_that_are_no_hexadecimal_digits_are_refused_with_their_place(hexadecimal: str) -> None:
    row = {"at_s": 0, "lane": "client", "exchange": 1, "kind": "sent", "label": "piece 1", "hex": hexadecimal}
    held = record([case("a.b", saw="x")]).model_dump(mode="json", by_alias=True)
    held["cases"][0]["wire"] = [row]

    with pytest.raises(RecordError, match=r"cases\.0\.wire\.0\.hex: it should match pattern"):
        RunRecord.from_json(json.dumps(held))


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        record().seed = 8


def test_a_run_of_nothing_is_inconclusive() -> None:
    empty = RunRecord.of(
        edgeproof="0.1.0",
        seed=1,
        profile="quick",
        target=Target(name="t", url="u"),
        started_at="2026-03-02T09:30:00Z",
        duration_s=0,
        cases=(),
    )

    assert empty.verdict is Verdict.INCONCLUSIVE
    assert set(empty.counts.values()) == {0}
    assert (empty.load, empty.leaks, empty.coverage) == ({}, {}, {})


def test_levels_are_the_three_of_the_design() -> None:
    assert [str(level) for level in Level] == ["must", "should", "observe"]


def test_rounds_that_differ_come_back_as_they_were() -> None:
    kept = unsteady_record()

    assert RunRecord.from_json(kept.to_json()) == kept


def test_a_record_from_before_there_were_rounds_has_one() -> None:
    old = json.loads(record().to_json())
    del old["stability"]

    assert RunRecord.from_json(json.dumps(old)).stability.rounds == 1


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((1, 2, 3, 4), "merged from 4 of 4 shards"),
        ((1, 2, 4), "merged from 3 of 4 shards; shard 3 is missing"),
        ((2,), "merged from 1 of 4 shards; shards 1, 3 and 4 are missing"),
    ],
)
def test_a_merged_record_says_which_shards_it_lacks(numbers: tuple[int, ...], told: str) -> None:
    assert str(Shard(numbers=numbers, of=4, merged=True)) == told


def test_a_shard_by_itself_lacks_nothing() -> None:
    assert Shard(numbers=(2,), of=4).missing == ()
    assert str(Shard(numbers=(2,), of=4)) == "shard 2 of 4"


@pytest.mark.parametrize("numbers", [(), (0,), (5,), (2, 1), (1, 1)])
def test_shards_that_are_no_parts_are_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match="no parts of 4"):
        Shard(numbers=numbers, of=4)
