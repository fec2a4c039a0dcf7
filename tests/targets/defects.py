"""The table of defects: which proxy is wrong, which invariant must say so, and which cases are enough to see it.

The one rule: `also` lists every other invariant that may rightly speak up about the same mistake, and nothing else may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.targets.serving import Target

Base: TypeAlias = Literal["pipe", "parser", "cache"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One wrong proxy. `base` names the right one whose claims it makes; `cases` are patterns of case ids."""

    invariant: str
    target: type[Target]
    base: Base
    cases: tuple[str, ...]
    also: tuple[str, ...] = ()


DEFECTS: dict[str, Defect] = {}
