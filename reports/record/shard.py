"""Which part of a run a record holds, where several machines share the work."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from reports.record.part import Part, Text


class Shard(Part):
    """One part of a run out of several, or what several such parts were merged to."""

    numbers: tuple[int, ...]
    """Which parts are in the record, from 1; a single one as it was run."""
    of: int = Field(ge=1)
    """How many parts the run was split into."""
    plan: Text = ""
    """A digest of all that was split, alike in every part."""
    merged: bool = False

    @property
    def missing(self) -> tuple[int, ...]:
        """The parts that a merged record lacks; none of a part by itself, which never promised the others."""
        return tuple(number for number in range(1, self.of + 1) if number not in self.numbers) if self.merged else ()

    def __str__(self) -> str:
        """Say which part it is in a few words."""
        if not self.merged:
            return f"shard {self.numbers[0]} of {self.of}"
        lacks = [str(number) for number in self.missing]
        told = f"merged from {len(self.numbers)} of {self.of} shards"
        if len(lacks) == 1:
            return f"{told}; shard {lacks[0]} is missing"
        return f"{told}; shards {', '.join(lacks[:-1])} and {lacks[-1]} are missing" if lacks else told

    @model_validator(mode="after")
    def _counts(self) -> Self:
        numbers = sorted({*self.numbers})
        if not numbers or list(self.numbers) != numbers or numbers[0] < 1 or numbers[-1] > self.of:
            raise ValueError(f"the shards {self.numbers} are no parts of {self.of}")
        return self
