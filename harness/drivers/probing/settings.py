"""What a probe needs besides its lanes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.core.observed.redact import Redactor
from harness.core.probing.facts import Notes
from harness.core.probing.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """What a probe needs besides its lanes. `say` hears of every experiment as it ends, `notes` takes what was found.

    `most_s` is how long a single experiment may take; what it has found by then stands.
    """

    seed: int
    terms: Terms
    experiments: Sequence[str]
    redactor: Redactor
    notes: Notes
    say: Callable[[str], None]
    most_s: float
