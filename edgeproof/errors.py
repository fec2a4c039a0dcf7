"""The one error of this package."""

from __future__ import annotations


class EdgeproofError(Exception):
    """edgeproof could not do what was asked of it; the message says why, and what to do about it."""


class EdgeproofWarning(UserWarning):
    """A proxy broke what it should keep, and need not: a SHOULD."""
