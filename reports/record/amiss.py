"""What is wrong with a value, in the words of people who write files and not Python.

The one rule: a line of this stands behind the name of a key, and reads on from there: `retry.max_attempts: it should be
a whole number`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_KINDS: Final = (
    ("bool_", "true or false"),
    ("int_", "a whole number"),
    ("float_", "a number"),
    ("finite_number", "a finite number"),
    ("string_type", "text"),
    ("list_", "a list"),
    ("tuple_", "a list"),
    ("set_", "a list"),
    ("frozen_set_", "a list"),
    ("datetime_", "a time such as 2026-11-21T12:34:56Z"),
    ("none_required", "null"),
)
"""What is wanted, by how pydantic's name for the error begins."""
_BOUNDS: Final = {
    "greater_than_equal": "{ge} or more",
    "greater_than": "more than {gt}",
    "less_than_equal": "{le} or less",
    "less_than": "less than {lt}",
}


def amiss(error: ErrorDetails, *, table: str = "an object") -> str:
    """Return what one error of a validation comes to; `table` is what the form of the file calls names with values."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])
    if kind == "missing":
        return "it is missing"
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return "there is no such key"
    if kind in ("literal_error", "enum"):
        return f"it should be {context['expected']}"
    if kind in _BOUNDS:
        bounds = {name: f"{bound:.15g}" if isinstance(bound, float) else bound for name, bound in context.items()}
        return f"it should be {_BOUNDS[kind].format(**bounds)}"
    for beginning, wanted in _KINDS:
        if kind.startswith(beginning):
            return f"it should be {wanted}"
    if kind.startswith(("dict_", "model_", "dataclass_")):
        return f"it should be {table}"
    return re.sub(r"^\w+ should", "it should", error["msg"].partition(",")[0])
