"""A time as people write it: `90s`, `5m`, `1.5h`, `750ms`.

The one rule: what is no time is refused with what would do; a number without a unit is in seconds.
"""

from __future__ import annotations

import re
from typing import Final

from harness.errors import UsageError

_FORM: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?")
_UNITS_S: Final = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}
_AS_IN: Final = "as in 90s, 5m or 1h"


def seconds(text: str, *, source: str, low_s: float, high_s: float) -> float:
    """Read a time between two bounds; `source` says where it stands, as `--duration`.

    Raises:
        UsageError: when it is no time, or out of bounds.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{source} {text!r} is not a time", next_step=_AS_IN)
    found_s = float(match[1]) * _UNITS_S[match[2]]
    if not low_s <= found_s <= high_s:
        raise UsageError(f"{source} {text!r} is not between {low_s:g} s and {high_s / 3600:g} h", next_step=_AS_IN)
    return found_s
