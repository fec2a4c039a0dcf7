"""`python -m tests.signatures`: play what is stale, several proxies at once, and write the signatures after each.

Stopped half-way, it goes on where it was when it is started again.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from fnmatch import fnmatchcase
from multiprocessing import get_context
from pathlib import Path

from pydantic import TypeAdapter

from reports.record import CaseResult
from tests.signatures.kept import Kept, stale_ones
from tests.signatures.playing import TooLateError, timed
from tests.signatures.subjects import Subject, right_ones, wrong_ones

_AT_ONCE = 5
_ROUNDS = 2
"""What was played over the cases that changed may have to be played over all."""
_RESULTS = TypeAdapter(list[CaseResult])


def main(arguments: Sequence[str] | None = None) -> int:
    """Make every signature that is stale, or those that match a glob; the exit code is 1 when some could not be."""
    parser = argparse.ArgumentParser(prog="make signatures", description="Play known mistakes over every case.")
    parser.add_argument("--only", metavar="GLOB", help="play these, stale or not, as in 'mutant:key-*'")
    parser.add_argument("--all", action="store_true", help="play everything anew")
    parser.add_argument("--jobs", type=int, default=_AT_ONCE, help="proxies that are played at once (default 5)")
    parser.add_argument("--for-s", type=float, default=float("inf"), help="begin no other proxy after so many seconds")
    parser.add_argument("--records", type=Path, metavar="DIR", help="also keep what each case said, for a closer look")
    chosen = parser.parse_args(arguments)
    kept = Kept.read()
    subjects = [*right_ones().values(), *wrong_ones().values()]
    kept.forget_others(subjects)
    for subject in subjects if chosen.all else ():
        kept.drop(subject)
    for subject in subjects if chosen.only else ():
        if fnmatchcase(subject.id, chosen.only):
            kept.drop(subject)
    kept.write()
    if chosen.records:
        chosen.records.mkdir(parents=True, exist_ok=True)
    ends_s = time.monotonic() + chosen.for_s
    failed = 0
    for _ in range(_ROUNDS):
        waiting = [each for each in stale_ones(kept) if not chosen.only or fnmatchcase(each.id, chosen.only)]
        if not failed and waiting:
            failed = _play(waiting, kept, jobs=chosen.jobs, ends_s=ends_s, records=chosen.records)
    left = len(stale_ones(kept))
    _say(f"{left} of {len(subjects)} are stale" if left else f"all {len(subjects)} are fresh")
    return 1 if failed or left else 0


def _play(waiting: Sequence[Subject], kept: Kept, *, jobs: int, ends_s: float, records: Path | None) -> int:
    """Play some proxies, keep what was seen of each as it ends, and return how many could not be played."""
    failed = done = 0
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running: dict[Future[tuple[list[CaseResult], float]], Subject] = {
            pool.submit(timed, subject, kept.needed(subject), ends_s): subject for subject in waiting
        }
        for future in as_completed(tuple(running)):
            subject, done = running.pop(future), done + 1  # it holds its results for as long as it is known
            try:
                results, took_s = future.result()
            except TooLateError:
                continue
            except Exception as error:  # noqa: BLE001 - one that cannot be played must not cost the others
                failed += 1
                _say(f"{done:>4} of {len(waiting)}  {subject.id}: {type(error).__name__}: {error}")
                continue
            if records:
                (records / f"{subject.id}.json").write_bytes(_RESULTS.dump_json(results, indent=1))
            told = kept.add(subject, results) or "a claim may be absent: it is played over every case"
            kept.write()
            _say(f"{done:>4} of {len(waiting)}  {subject.id:<45} {told}  {took_s:>5.1f} s")
    return failed


def _say(text: str) -> None:
    sys.stderr.write(f"{text}{os.linesep}")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
