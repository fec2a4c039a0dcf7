"""Seams: where a part of the reference proxy is taken out, and what is put there instead.

The one rule: what is put there is named after its mutant, so that the data and the code cannot drift apart unseen.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

_PACKAGE = "harness.reference_proxy"

Original: TypeAlias = Any
"""What stood at the seam: a function, a method or a value; what a maker calls when it changes only a part."""
Maker: TypeAlias = Callable[[Original], object]
"""Makes what is put at a seam, out of what stood there."""

MAKERS: dict[str, Maker] = {}
"""How each mutant is made, by its id."""


def mutant(maker: Maker) -> Maker:
    """Register a maker under its own name, with dashes."""
    MAKERS[maker.__name__.replace("_", "-")] = maker
    return maker


def install(seam: str, maker: Maker) -> None:
    """Replace what is at a seam, `module:path`, both dotted, the module below the reference proxy's package.

    Raises:
        AttributeError, ModuleNotFoundError: there is no such place any more.
    """
    module, _, inside = seam.partition(":")
    *path, name = inside.split(".")
    owner: object = import_module(f"{_PACKAGE}.{module}")
    for step in path:
        owner = getattr(owner, step)
    there = inspect.getattr_static(owner, name)
    made = maker(getattr(owner, name))
    setattr(owner, name, staticmethod(made) if isinstance(there, staticmethod) and callable(made) else made)
