"""How the mock is told which binding of a Worker a call comes from: by one header, which workerd adds as configured.

The one rule: the header is edgeproof's own. No Worker sets it, and none sees it.
"""

from __future__ import annotations

from typing import Final

BINDING_HEADER: Final = "x-edgeproof-binding"
"""Its value is the binding's kind and, where there are several of a kind, a blank and what it is bound to."""


def named(kind: str, bound_to: str = "") -> str:
    """Return the header's value for a binding."""
    return f"{kind} {bound_to}".rstrip()


def kind_of(value: str | None) -> str:
    """Return the kind that a header's value names; empty for a call that comes from no binding."""
    return (value or "").partition(" ")[0]
