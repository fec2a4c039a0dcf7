"""A Worker as its wrangler file describes it, as far as it can run here.

The one rule: what a file asks for is served, or the file is refused with the line of it, or it is left out with a word
because the Worker can live without it. Nothing is left out in silence that a Worker could miss.
Source: Cloudflare docs, Workers, Wrangler configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import JsonValue

BindingKind: TypeAlias = Literal["ai", "analytics", "d1", "kv", "queue", "r2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A name in `env` behind which the mock stands, and the namespace that it is bound to; empty where there is one."""

    name: str
    kind: BindingKind
    bound_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DurableObject:
    """A name in `env` for a class of Durable Objects that the Worker itself exports."""

    name: str
    class_name: str
    sqlite: bool
    """Whether its storage is SQLite, by its migration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrangler:
    """A Worker: where its code is, the day whose runtime it was written for, and what is in its `env`."""

    name: str
    main: str
    """Its entry file, seen from the folder of the wrangler file."""
    compatibility_date: str
    compatibility_flags: tuple[str, ...] = ()
    vars: Mapping[str, JsonValue] = field(default_factory=dict)
    bindings: tuple[Binding, ...] = ()
    durable_objects: tuple[DurableObject, ...] = ()
    migrations: Mapping[str, str] = field(default_factory=dict)
    """By the id of each database of D1 the folder of its migrations, seen from the folder of the wrangler file."""
    define: Mapping[str, str] = field(default_factory=dict)
    tsconfig: str = ""
    left_out: tuple[str, ...] = ()
    """What the file asks for and the Worker has to live without, one line each."""
