"""One request as the cache sees it, and which kept answers are answers to it.

The one rule: an answer decides by its own `Vary` which requests it is for. Where it lies decides only whether it is
found.
Source: RFC 9111 §4.1.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from harness.reference_proxy import jsontext
from harness.reference_proxy.origin.entry import Entry, Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The key under which an answer is looked for first, and the fields that the origin is told with the request."""

    key: str
    told: Fields

    def variant(self, varies: tuple[str, ...]) -> str:
        """Return a hash of what the origin is told in these fields; empty for no fields.

        A hash, because an entry goes into stores, and what is told may be a secret.
        """
        return hashlib.sha256(jsontext.canonical(values_of(self.told, varies))).hexdigest() if varies else ""

    def is_answered_by(self, entry: Entry) -> bool:
        """Whether the origin chose this answer by nothing in which this request differs."""
        return entry.variant == self.variant(entry.varies)

    def key_beside(self, entry: Entry) -> str:
        """Return where this question's answer lies when that of another variant lies where it was looked for first."""
        return f"{self.key}-{self.variant(entry.varies)}"


def values_of(fields: Fields, names: Iterable[str]) -> dict[str, list[str]]:
    """Return what each of these fields, named in any letters, says: a list of nothing for one that is not there."""
    return {name: [value.strip() for told, value in fields if told.lower() == name.lower()] for name in names}
