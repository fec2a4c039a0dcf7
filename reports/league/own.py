"""How far edgeproof itself is to be trusted: what it caught of known mistakes, and whom it blamed wrongly.

The one rule: both numbers come from what was played and kept (`reports/causes/signatures.json`, and a self-check where
one is given); none is written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.causes.signatures import FILE, not_judged, read

_SCHEMA = "edgeproof-kill-matrix/1"


class KillMatrixError(ValueError):
    """A kill matrix cannot be read; the message names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfChecked:
    """What one self-check came to: mutants killed by their own invariant, and cases that blamed a clean proxy."""

    killed: int
    mutants: int
    blamed: int
    cases: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """edgeproof's own record. `caught` of `wrong` proxies with one known mistake each showed something that no right
    proxy shows; `alarms` are the cases that failed one of `right` proxies without one, of `judged` in all."""

    caught: int
    wrong: int
    alarms: int
    judged: int
    right: tuple[str, ...]
    check: SelfChecked | None = None

    @property
    def detection(self) -> float:
        """The share of known mistakes that were caught, 0 to 1."""
        return self.caught / self.wrong if self.wrong else 0.0

    @property
    def false_alarms(self) -> float:
        """The share of verdicts on correct proxies that were failures, 0 to 1."""
        return self.alarms / self.judged if self.judged else 0.0


def own_record(data: Mapping[str, Any] | None = None, *, check: SelfChecked | None = None) -> Own:
    """Return edgeproof's own record, from the signatures that come with it when `data` is None."""
    known: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if data is None else data
    rows = {**known["right"], **known["wrong"]}
    signatures = read(known).signatures
    alarms = judged = 0
    for row in known["right"].values():
        judged += len(known["cases"]) - len(not_judged(row, rows))
        alarms += len({case for cases in row["must"].values() for case in cases})
    return Own(
        caught=sum(bool(each.pairs) for each in signatures),
        wrong=len(signatures),
        alarms=alarms,
        judged=judged,
        right=tuple(sorted(known["right"])),
        check=check,
    )


def kill_matrix(path: Path) -> SelfChecked:
    """Read the `kill-matrix.json` of a self-check.

    Raises:
        KillMatrixError: it is not there, or not one.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != _SCHEMA:
            raise KillMatrixError(f'{path}: its schema is not "{_SCHEMA}"; give the kill-matrix.json of a self-check')
        return SelfChecked(
            killed=int(data["killed"]),
            mutants=int(data["mutants"]),
            blamed=len(data["clean"]["blamed"]),
            cases=int(data["clean"]["cases"]),
            seed=int(data["seed"]),
        )
    except OSError as error:
        raise KillMatrixError(f"{path}: cannot be read: {error.strerror}; name a kill-matrix.json") from error
    except KillMatrixError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise KillMatrixError(f"{path}: this is no kill matrix; give the kill-matrix.json of a self-check") from error
