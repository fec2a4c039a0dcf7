"""What is told of one invariant: its promise, why anyone should care, where it comes from, and how to keep it.

The one rule: it speaks to the author of a proxy, in sentences that this author would accept.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.record import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """The text about one invariant.

    `promise` is one sentence and `why` what a breach does to users. `sources` are standards, documents of Cloudflare
    and OpenAI, or edgeproof itself. `right` is what a correct proxy may do, `mend` what usually fixes a wrong one.
    """

    id: str
    level: Level
    promise: str
    why: str
    sources: tuple[str, ...]
    right: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Invariants that belong together: a page of the documentation each."""

    name: str
    title: str
    about: str
    guides: tuple[Guide, ...]
