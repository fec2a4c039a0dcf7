"""A proxy that runs, with a mock behind it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a proxy runs, and what a chat request to it needs; `path` is that of the target file."""

    name: str
    url: str
    path: str
    model: str
    headers: dict[str, str] = field(repr=False)

    @property
    def chat_url(self) -> str:
        """Where it takes chat requests."""
        return self.url + self.path
