"""A baseline file reads back as it was written, and what cannot be understood is refused by name."""

from __future__ import annotations

from datetime import date

import pytest

from harness.core.run.baseline import Baseline, Entry
from harness.core.run.baseline_file import parsed, text_of
from harness.errors import UsageError
from reports.record import Level
from tests.reports.sample import record

ENTRY = Entry(
    case="a.b", invariant="no-loss", shape="the text was lost", level=Level.MUST,
    first_seen=date(2026, 1, 2), last_seen=date(2026, 2, 3),
)  # fmt: skip
GOOD = text_of(Baseline(entries=(ENTRY,)))


def test_what_is_written_reads_back_the_same() -> None:
    full = Entry(
        case='odd "case"', invariant="", shape="tab\tand ' quote", level=Level.SHOULD,
        first_seen=date(2026, 1, 2), last_seen=date(2026, 2, 3), expires=date(2026, 3, 4), reason="two\nlines",
    )  # fmt: skip
    baseline = Baseline(entries=(ENTRY, full))

    assert parsed(text_of(baseline), "b.toml") == baseline
    assert parsed(text_of(Baseline()), "b.toml") == Baseline()


def test_an_entry_is_a_block_that_a_person_can_read() -> None:
    assert GOOD.endswith(
        '[[known]]\ncase = "a.b"\ninvariant = "no-loss"\nshape = "the text was lost"\nlevel = "must"\n'
        "first_seen = 2026-01-02\nlast_seen = 2026-02-03\n"
    )


def test_a_record_is_read_in_its_place() -> None:
    assert parsed(record().to_json(), "b.json") == Baseline.of(record())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not toml at all", ["is not TOML"]),
        ("known = " + "[" * 5000, ["nests too deeply"]),
        ("known = " + "9" * 5000, ["is not TOML", "4300 digits"]),
        ("", ["is not a baseline", "baseline write"]),
        ('schema = "edgeproof.baseline/2"', ["edgeproof.baseline/2", "edgeproof.baseline/1"]),
        (GOOD.replace("schema", "scheme"), ["is not a baseline"]),
        (GOOD.replace("[[known]]", "[[knowm]]"), ["'knowm'", "did you mean known?"]),
        (GOOD.replace("first_seen", "expire"), ["entry 1", "'expire'", "did you mean expires?"]),
        (GOOD.replace('shape = "the text was lost"\n', ""), ["entry 1", "shape is missing"]),
        (GOOD.replace("2026-01-02", "2026-01-02T10:00:00"), ["entry 1", "first_seen is not a date"]),
        (GOOD.replace("2026-01-02", '"2026-01-02"'), ["first_seen is not a date"]),
        (GOOD.replace('"a.b"', "7"), ["case is not text"]),
        (GOOD.replace('"must"', '"shall"'), ["'shall'"]),
        (GOOD + GOOD[GOOD.index("[[known]]") :], ["entry 2", "an earlier entry"]),
        ('schema = "edgeproof.baseline/1"\nknown = 3', ["is not a list"]),
        ("{}", ["b.toml", "no record"]),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(text: str, words: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        parsed(text, "b.toml")

    assert [word for word in ["b.toml", *words] if word not in str(refused.value)] == []
    assert refused.value.next_step or "; give a whole results.json" in str(refused.value)
