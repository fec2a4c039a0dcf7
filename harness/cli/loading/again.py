"""The words of the command line that ask for a load again.

The one rule: what is usual is not said.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scenarios.load import LoadProfile

_USUAL: Final = LoadProfile()


def words_for(
    profile: LoadProfile, *, objectives: Path | None, plan: Path | None, processes: int, overhead: bool
) -> tuple[str, ...]:
    """Return the words that ask for this load again, as far as they are not the usual ones."""
    asked: dict[str, object] = {
        "--users": profile.users,
        "--duration": f"{profile.duration_s:g}s",
        "--shape": profile.shape,
        "--arrivals": profile.arrivals,
        "--rate": profile.rate_per_s,
        "--tokens": profile.prompt.tokens,
        "--pace-s": profile.prompt.pace_s,
        "--first-s": profile.prompt.first_s,
        "--think-s": profile.think_s,
        "--cancel": profile.cancel,
        "--repeats": profile.repeats,
        "--objectives": objectives,
        "--plan": plan,
        "--processes": processes,
    }
    usual = {
        "--shape": _USUAL.shape,
        "--arrivals": _USUAL.arrivals,
        "--tokens": _USUAL.prompt.tokens,
        "--pace-s": _USUAL.prompt.pace_s,
        "--first-s": _USUAL.prompt.first_s,
        "--think-s": _USUAL.think_s,
        "--cancel": _USUAL.cancel,
        "--repeats": _USUAL.repeats,
        "--processes": 1,
    }
    told = {flag: value for flag, value in asked.items() if value is not None and value != usual.get(flag)}
    words = [word for flag, value in told.items() for word in (flag, str(value))]
    return ("load", *words, *(("--overhead",) if overhead else ()))
