"""Moments that a record counts in seconds from its begin, as a calendar has them.

The one rule: a record may hold any finite number of seconds, and a calendar ends; what lies beyond is its first or last
moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

LONGEST_S: Final = timedelta.max.total_seconds()
"""No time between two moments is longer."""


def after(start: datetime, seconds: float) -> datetime:
    """Return the moment that is so many seconds later, or earlier if there are less than none."""
    try:
        return start + timedelta(seconds=seconds)
    except OverflowError:
        if seconds > 0:
            return datetime.max.replace(tzinfo=start.tzinfo)
        return datetime.min.replace(tzinfo=start.tzinfo)
