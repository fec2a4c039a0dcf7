"""What a target claims of counting: where its numbers can be asked, and how much of them it holds back at most.

The one rule: only what a caller can ask is claimed. Where the numbers are kept is the target's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ConfigDict, with_config

from harness.core.target.values import Count, Path


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """The target counts what each caller uses.

    A GET of `report` by a caller answers JSON that holds, somewhere, an object for each model with `model`, `requests`
    and, where they are counted, `prompt_tokens`, `completion_tokens` and `hits`; and at its top, where there can be
    any, `waiting` and `dropped`: how much is not counted yet, and how much never will be.
    """

    report: Path
    """The path of the report."""
    queue: Count | None = None
    """The most numbers that wait to be written; no limit is claimed when left out."""
