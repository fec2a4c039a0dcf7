"""The right chat service, and those that are wrong where the reference proxy has nothing to be spoilt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from harness.core.target.file import TargetFile
from harness.shell.target.targets import load

RIGHT: Final = Path(__file__).parent / "right.toml"


@dataclass(frozen=True, slots=True)
class Defect:
    """One mistake: the invariant that catches it, and the cases that suffice."""

    invariant: str
    cases: tuple[str, ...]


DEFECTS: Final[Mapping[str, Defect]] = MappingProxyType(
    {
        "repeats-a-token": Defect("resumed-true", ("resume.after-a-lost-connection",)),
        "skips-a-token": Defect("resumed-true", ("resume.after-a-lost-connection",)),
    }
)


def right() -> TargetFile:
    """Return the right service."""
    return load(str(RIGHT))


def wrong(name: str) -> TargetFile:
    """Return a wrong one, which claims what the right one does."""
    target = right()
    command = tuple(name if word == "right" else word for word in target.command or ())
    return replace(target, name=name, command=command)
