"""How long each case takes, as it was measured once at the reference proxy.

The one rule: it is an estimate that helps to share out work. Nothing is judged by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from scenarios.dialects import plain_id

FILE: Final = files("scenarios") / "expected.json"
"""Where the times are kept; `make measure` writes them."""
USUAL_S: Final = 0.5
"""How long a case takes that was never measured."""


@cache
def measured_s() -> Mapping[str, float]:
    """Return the seconds that each case took, by its id."""
    found: dict[str, float] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def seconds(case_id: str) -> float:
    """Return how long a case may be expected to take; in another dialect it takes as long."""
    return measured_s().get(plain_id(case_id), USUAL_S)
