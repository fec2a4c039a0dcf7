"""What flows by, collected within bounds: those of one answer, and those of all that flow at the same time.

The one rule: a capture that outgrows a bound is dropped at once and for good, and nothing that flows waits for it.
"""


class Budget:
    """The memory that all captures together may take, in bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.taken_bytes = 0

    def take(self, size_bytes: int) -> bool:
        """Take so much, where it is there; say whether it was."""
        if self.taken_bytes + size_bytes > self._most_bytes:
            return False
        self.taken_bytes += size_bytes
        return True

    def give_back(self, size_bytes: int) -> None:
        """Give back what was taken."""
        self.taken_bytes -= size_bytes


class Capture:
    """The pieces of one answer; `close` it in whatever way the answer ends."""

    def __init__(self, budget: Budget, *, most_bytes: int) -> None:
        self._budget = budget
        self._most_bytes = most_bytes
        self._pieces: list[bytes] = []
        self._size = 0
        self._open = most_bytes > 0

    def add(self, piece: bytes) -> None:
        """Take in one piece, or drop all of them where there is no room for it."""
        if not self._open:
            return
        if self._size + len(piece) > self._most_bytes or not self._budget.take(len(piece)):
            self.close()
            return
        self._pieces.append(piece)
        self._size += len(piece)

    @property
    def body(self) -> bytes | None:
        """All that came; None once it was more than there is room for."""
        return b"".join(self._pieces) if self._open else None

    def close(self) -> None:
        """Let go of what is held."""
        self._budget.give_back(self._size)
        self._pieces.clear()
        self._size, self._open = 0, False
