"""Numbers of tokens, as upstream told them.

The one rule: what is no whole number is told as none, so that no odd count breaks off an answer that is good.
"""

from collections.abc import Mapping
from typing import Any


def count(told: Mapping[str, Any], name: str) -> int:
    """Return the number under a name; 0 where there is none, or something else."""
    value = told.get(name)
    return value if type(value) is int else 0


def detail(told: Mapping[str, Any], table: str, name: str) -> int:
    """Return the number under a name in a table of details."""
    inner = told.get(table)
    return count(inner, name) if isinstance(inner, Mapping) else 0
