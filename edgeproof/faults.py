"""Faults put into a mock, as rules of its plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Fault:
    """A fault in force. It ends with its mock, by `end`, or when a `with` of it is left."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Let it strike no more."""
        self._end()


def rule(spec: str, *, match: dict[str, str | int | None], count: int | None, p: float) -> str:
    """Return a rule of a plan as TOML; what is None or empty is left out."""
    # A JSON string is a basic string of TOML, but for DEL (TOML 1.0, String).
    pairs = [f"{name} = {json.dumps(value)}" for name, value in match.items() if value not in (None, "")]
    lines = ["[[rule]]", f"fault = {json.dumps(spec)}".replace("\x7f", "\\u007f")]
    lines += [f"match = {{ {', '.join(pairs)} }}"] if pairs else []
    lines += [f"count = {count}"] if count is not None else []
    lines += [f"p = {p!r}"] if p != 1 else []
    return "\n".join([*lines, ""])
