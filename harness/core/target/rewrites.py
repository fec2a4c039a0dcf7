"""What a target changes in requests on purpose, as its file declares it: the table `[rewrites]`.

The one rule: what is declared is not held against the target, and nothing else is excused by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import ConfigDict, Field, with_config

from harness.core.target.values import Word

_CLOSED: Final = ConfigDict(extra="forbid")
Names = Annotated[frozenset[Word], Field(strict=False)]


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrites:
    """Names of parameters (`max_tokens`), of roles (`system`), of kinds of parts (`image_url`), of fields of messages
    (`name`), or `messages` for all of them."""

    adds: Names = frozenset()
    """What it puts into requests that lack it."""
    changes: Names = frozenset()
    """What it sends in other words."""
    drops: Names = frozenset()
    """What it leaves out."""

    def changed(self, name: str) -> bool:
        """Whether what a client sent under this name need not be what upstream gets."""
        return name in self.changes or name in self.drops

    def added(self, name: str) -> bool:
        """Whether upstream may get this without a client's having sent it."""
        return name in self.adds or name in self.changes
