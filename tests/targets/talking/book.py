"""Where conversations are kept: a file each, a message a line.

The one rule: whatever a conversation is called, its file's name is a hash.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from tests.targets.serving import Json

_MOST = 80
"""So many messages of a conversation are told to upstream, from a user's on."""


class Book:
    """Conversations in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file_of(self, caller: str, name: str) -> Path:
        """Return the file of a caller's conversation."""
        return self.folder / sha256(f"{caller}\0{name}".encode("utf-8", "surrogateescape")).hexdigest()

    def read(self, caller: str, name: str) -> list[Json]:
        """Return what was said, oldest first."""
        try:
            lines = self.file_of(caller, name).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def recent(self, caller: str, name: str) -> list[Json]:
        """Return what upstream is to be told of it."""
        told = self.read(caller, name)[-_MOST:]
        while told and told[0]["role"] != "user":
            told.pop(0)
        return told

    def add(self, caller: str, name: str, messages: list[Json]) -> None:
        """Note a turn."""
        with self.file_of(caller, name).open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(message) + "\n" for message in messages))

    def forget(self, caller: str, name: str) -> None:
        """Forget all of it."""
        self.file_of(caller, name).unlink(missing_ok=True)
