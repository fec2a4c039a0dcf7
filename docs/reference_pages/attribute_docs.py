"""What stands below an attribute of a class: `key: int` and, on the next line, a string that says what it means.

The one rule: the words are read from the source, because Python itself forgets them.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise


@cache
def attribute_docs(kind: type) -> dict[str, str]:
    """Return the words below each attribute of a class, and of those it inherits from, in one line each."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if each.__module__.partition(".")[0] in {"harness", "reports", "scenarios", "fault_injection"}:
            found |= _own(each)
    return found


def _own(kind: type) -> dict[str, str]:
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    body = node.body if isinstance(node, ast.ClassDef) else []
    found = {}
    for one, after in pairwise(body):
        match one, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = " ".join(text.split())
    return found
