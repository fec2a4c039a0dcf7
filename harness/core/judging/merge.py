"""The parts of a run put together again: one record from the records of its shards.

The one rule: only what belongs together is merged. Parts of another run, target, seed or edgeproof are refused, and so
is a case that two of them hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from harness.core.judging.resilience import merged_section
from harness.core.run.left_out import FOR_LONGER, left_out
from harness.errors import UsageError
from reports.record import CaseResult, Level, RunRecord, Shard, Stability, Verdict

_MISSING: Final = "shards"
"""The suite of what stands for shards that are missing."""
_SECTIONS: Final = ("load", "leaks", "properties")
"""What one suite measured; each suite is played by one shard."""


def merge(
    records: Mapping[str, RunRecord], *, order: Sequence[str], resilience_fail_under: float | None = None
) -> RunRecord:
    """Return one record of several by the names of their files, with the cases in `order`, others behind them.

    It has begun when the first part began and took as long as the longest of them, as if all had run side by side.

    Raises:
        UsageError: a record is not a shard, or the records do not belong together; the message names them.
    """
    shards = {name: _shard(name, record) for name, record in records.items()}
    first_name, first = next(iter(records.items()))
    for name, record in records.items():
        _require_alike(first_name, first, name, record)
    _require_apart(records, shards)
    of = shards[first_name].of
    numbers = tuple(sorted(number for shard in shards.values() for number in shard.numbers))
    shard = Shard(numbers=numbers, of=of, plan=shards[first_name].plan, merged=True)
    place = {case_id: at for at, case_id in enumerate(order)}
    cases = [
        *sorted(
            (case for record in records.values() for case in record.cases if case.suite != _MISSING),
            key=lambda case: place.get(case.id, len(place)),
        ),
        *map(_missing, shard.missing),
    ]
    sections: dict[str, dict[str, JsonValue]] = {
        section: next((part for record in records.values() if (part := getattr(record, section))), {})
        for section in _SECTIONS
    }
    return RunRecord.of(
        edgeproof=first.edgeproof,
        seed=first.seed,
        profile=first.profile,
        target=first.target,
        started_at=min(record.started_at for record in records.values()),
        duration_s=max(record.duration_s for record in records.values()),
        clock_s=None,  # each machine has a clock of its own
        cases=cases,
        coverage=_coverage(records, fail_under=resilience_fail_under),
        stability=Stability(
            rounds=first.stability.rounds,
            cases=tuple(case for record in records.values() for case in record.stability.cases),
        ),
        not_judged=_not_judged(records, cases),
        shard=shard,
        **sections,
    )


def _missing(number: int) -> CaseResult:
    """Return what stands for the cases of a shard that nobody has: the run cannot pass without them."""
    return CaseResult(
        id=f"shard.{number}",
        suite=_MISSING,
        family=_MISSING,
        level=Level.MUST,
        verdict=Verdict.INCONCLUSIVE,
        duration_s=0,
        promised="Every shard of the run is merged.",
        saw="",
        cause=f"shard {number} is missing",
    )


def _shard(name: str, record: RunRecord) -> Shard:
    if record.shard is None:
        raise UsageError(f"{name} is not a shard", next_step="merge the results.json of runs with --shard 1/N")
    return record.shard


def _require_alike(first_name: str, first: RunRecord, name: str, record: RunRecord) -> None:
    """Refuse a record that is not of the same run."""
    for what, here, there in (
        ("edgeproof", first.edgeproof, record.edgeproof),
        ("seed", first.seed, record.seed),
        ("profile", first.profile, record.profile),
        ("target", first.target.name, record.target.name),
        ("command of the target", first.target.command, record.target.command),
        ("claims of the target", first.target.capabilities, record.target.capabilities),
        ("number of shards", first.shard and first.shard.of, record.shard and record.shard.of),
        ("choice of cases and suites", first.shard and (first.shard.plan,), record.shard and (record.shard.plan,)),
        ("number of rounds", first.stability.rounds, record.stability.rounds),
    ):
        if here != there:
            told = "" if isinstance(here, dict | tuple) else f": {here} and {there}"
            raise UsageError(
                f"{first_name} and {name} do not belong together, the {what} differs{told}",
                next_step="merge shards of one run: the same command, but for --shard and --out",
            )


def _require_apart(records: Mapping[str, RunRecord], shards: Mapping[str, Shard]) -> None:
    """Refuse two records of one shard, or with one case."""
    held: dict[int | str, str] = {}
    for name, record in records.items():
        for number in shards[name].numbers:
            if number in held:
                raise UsageError(
                    f"{held[number]} and {name} are both shard {number}", next_step="leave one of them out"
                )
            held[number] = name
        for case in record.cases:
            if case.id in held and case.suite != _MISSING:
                raise UsageError(
                    f"{held[case.id]} and {name} both have the case {case.id}", next_step="leave one of them out"
                )
            held[case.id] = name


def _coverage(records: Mapping[str, RunRecord], *, fail_under: float | None) -> dict[str, JsonValue]:
    """Return the pairs that were met anywhere; which lines of the target were reached is not known any more."""
    parts = [part for record in records.values() if isinstance(part := record.coverage.get("resilience"), dict)]
    met = merged_section(parts, fail_under=fail_under) if len(parts) == len(records) else None
    return {} if met is None else {"resilience": met}


def _not_judged(records: Mapping[str, RunRecord], cases: Sequence[CaseResult]) -> dict[str, JsonValue]:
    """Return the rows of what was not judged, made anew, and of what could not be merged."""
    rows = left_out(cases)
    if any("target" in record.coverage for record in records.values()):
        why = "coverage of the target is not merged: the records of shards do not say which lines were reached"
        rows.append({"why": why, "suite": "", "cases": 0, "such_as": "measure it in a run without --shard"})
    kept = next(({FOR_LONGER: each} for record in records.values() if (each := record.not_judged.get(FOR_LONGER))), {})
    return {**({"reasons": rows} if rows else {}), **kept}
