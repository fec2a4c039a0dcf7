"""How much a run does and how long it takes.

The one rule: a profile leaves cases out by id, never by chance. What it leaves out is written here with its reason, or
follows from what the cases are known to find (`ci.json`, made by `make docs`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib.resources import files
from math import inf
from types import MappingProxyType

from scenarios.case import Case
from scenarios.dialects import TELLING, plain_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One amount of work. `plays` are ids of cases, all of them when None; `leaves_out` are globs of case ids.

    `lanes` is how many targets run at once.

    A run takes `total_s` at the most, whatever its target does. Each suite may use all that is left but `least_s` of
    those behind it. `longest_wait_s` is how long one case may wait for what the target claims, as a cache's life.
    """

    name: str
    summary: str
    suites: tuple[str, ...]
    lanes: int = 8
    plays: frozenset[str] | None = None
    leaves_out: tuple[str, ...] = ()
    total_s: float = inf
    least_s: Mapping[str, float] = field(default_factory=dict)
    longest_wait_s: float = inf
    pairs_percent: float = 80.0
    """The least share of pairs (of a fault with a place, a surface, a state of the cache) that a whole run meets."""

    shares: tuple[str, ...] | None = None
    """The cases that are played in each further dialect of a target; None: all that have a variant there."""

    def includes(self, case: Case) -> bool:
        """Whether a run of this profile plays the case."""
        if case.dialect:
            plain = plain_id(case.id)
            return (self.shares is None or plain in self.shares) and not any(
                fnmatchcase(plain, glob) for glob in self.leaves_out
            )
        if self.plays is not None and case.id not in self.plays:
            return False
        return not any(fnmatchcase(case.id, glob) for glob in self.leaves_out)


_CI = Profile(
    name="ci",
    summary="The cases that find most of the known mistakes, and a short search: a minute, for a pull request.",
    suites=("conformance", "properties"),
    plays=frozenset(json.loads((files("scenarios") / "ci.json").read_text(encoding="utf-8"))),
    total_s=58.0,
    least_s=MappingProxyType({"properties": 18.0}),
    longest_wait_s=10.0,
    pairs_percent=0.0,  # a minute meets too few of them for a gate
    shares=TELLING[:3],
)
_QUICK = Profile(
    name="quick",
    summary="Every promise once, a short search, whether anything leaks, and a short load: two minutes.",
    suites=("conformance", "properties", "leaks", "load"),
    leaves_out=(  # each has a quicker neighbour that shows the same mistakes
        "breaker.opens-a-second-time",
        "breaker.probe-cut",
        "breaker.probe-left-in-the-middle",
        "breaker.probe-without-an-answer",
        "cache.made-anew-after-its-life",
        "retry.of-streams-over-connections-that-are-gone",
        "streaming.tool-calls-for-longer-than-the-idle-limit",
        "clients.thirty-stop-reading",
        "clients.expects-continue-in-chunks",
        "clients.deflate-upload",
        "clients.stream-for-deflate-alone",
        "connection.in-http-1-0",
    ),
    shares=TELLING,
    total_s=220.0,
    least_s=MappingProxyType({"properties": 40.0, "leaks": 60.0, "load": 25.0}),
    longest_wait_s=20.0,
)
_STANDARD = Profile(
    name="standard",
    summary="Every case and the other suites at a length for a merge.",
    suites=("conformance", "properties", "leaks", "load"),
    total_s=2400.0,
    least_s=MappingProxyType({"properties": 300.0, "leaks": 600.0, "load": 120.0}),
    longest_wait_s=90.0,
)
_SOAK = Profile(
    name="soak",
    summary="Everything there is, for hours rather than minutes.",
    suites=("conformance", "properties", "leaks", "load"),
)

AS_ASKED = Profile(
    name="as asked",
    summary="What was asked for by name or by length, however long it takes.",
    suites=(),
)
PROFILES: Mapping[str, Profile] = MappingProxyType({item.name: item for item in (_CI, _QUICK, _STANDARD, _SOAK)})
"""Every profile by its name."""
