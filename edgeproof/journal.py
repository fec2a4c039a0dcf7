"""What reached a mock, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request to the mock with its answer. `raw` is all that the journal says of it.

    `surface` says what was asked (`ai.chat`, `kv.get`). Credentials among the `headers` are left out. Bodies and
    answers over 64 KiB are None; `raw` has their sizes and hashes. `end` is how the answer ended, `whole` whether all
    of it was sent, `faults` are those that struck.
    """

    number: int
    surface: str
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    model: str
    faults: tuple[str, ...]
    sent: str | None
    end: str
    whole: bool
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read one exchange of the journal."""
        return cls(
            number=told["number"],
            surface=told["surface"],
            method=told["method"],
            path=told["path"],
            query=told["query"],
            headers=tuple((name, value) for name, value in told["request_headers"]),
            body=told["body"],
            model=told["model"],
            faults=tuple(told["faults"]),
            sent=told["sent"],
            end=told["end"],
            whole=told["whole"],
            raw=told,
        )

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """Return the body of the request read as JSON."""
        return json.loads(self.body or "null")
