"""The invariants told in words: what each promises, why, where it comes from, and how to fix a breach.

The one rule: texts only. What is judged, and how, is decided in `harness`; a test holds that both know the same ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reports.invariants import (
    analytics,
    answers,
    bindings,
    cache,
    chats,
    clients,
    conversations,
    endings,
    form,
    kv,
    pace,
    recovery,
    requests,
    resources,
)
from reports.invariants.guide import Family, Guide

FAMILIES: Final[tuple[Family, ...]] = tuple(
    module.FAMILY
    for module in (
        endings,
        answers,
        form,
        pace,
        requests,
        clients,
        recovery,
        cache,
        kv,
        bindings,
        conversations,
        analytics,
        chats,
        resources,
    )
)
"""Every family, in the order in which people read them."""

GUIDES: Final[Mapping[str, Guide]] = MappingProxyType(
    {guide.id: guide for family in FAMILIES for guide in family.guides}
)
"""The text about every invariant, by its id."""

PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {guide.id: f"docs/invariants/{family.name}.md#{guide.id}" for family in FAMILIES for guide in family.guides}
)
"""Where the documentation tells of each, seen from the root of the repository."""

__all__ = ["FAMILIES", "GUIDES", "PAGES", "Family", "Guide"]
