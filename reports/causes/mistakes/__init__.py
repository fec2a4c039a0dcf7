"""The vocabulary of causes: mistakes that proxies make, each in words that say what to mend."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reports.causes.mistakes import (
    answers,
    asking,
    clients,
    compared,
    counting,
    endings,
    forms,
    keeping,
    sequences,
    storing,
    talking,
)
from reports.causes.mistakes.mistake import Mistake

ALL: tuple[Mistake, ...] = (
    *answers.MISTAKES,
    *forms.MISTAKES,
    *endings.MISTAKES,
    *asking.MISTAKES,
    *compared.MISTAKES,
    *clients.MISTAKES,
    *keeping.MISTAKES,
    *sequences.MISTAKES,
    *storing.MISTAKES,
    *talking.MISTAKES,
    *counting.MISTAKES,
)
"""Every known mistake, as people read them."""

MADE_BY: Mapping[str, Mistake] = MappingProxyType({name: mistake for mistake in ALL for name in mistake.made_by})
"""The mistake that each mutant and broken proxy makes, by the id of its signature."""

__all__ = ["ALL", "MADE_BY", "Mistake"]
