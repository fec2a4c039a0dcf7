"""Plans that everybody needs sooner or later, by name: a file each, beside this module.

The one rule: a preset is a plan's text as anybody could have written it, so that it can be printed, changed and kept.
Each has a healthy start, a recovery at its end and a lifetime, and asks for nothing that only a mock can do.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files
from typing import Final

from fault_injection.plan import Plan, PlanError
from fault_injection.plan_file import read_plan

_NAMES: Final = (
    "brownout",
    "flaky-network",
    "kv-rot",
    "capacity-crunch",
    "slow-first-token",
    "mid-stream-cuts",
    "bad-json-day",
    "cloudflare-incident",
    "deploy",
)

PRESETS: Final[dict[str, str]] = {
    name: (files(__name__) / f"{name}.toml").read_text(encoding="utf-8") for name in _NAMES
}
"""The text of every preset by its name; its first line says in a comment what happens."""


def preset(name: str) -> Plan:
    """Return the plan of that name.

    Raises:
        PlanError: with the nearest names in its message.
    """
    if name not in PRESETS:
        near = get_close_matches(name, PRESETS, n=2, cutoff=0.75)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(PRESETS)}"
        raise PlanError(f"no preset is called {name!r}; {hint}")
    return read_plan(PRESETS[name])


def about(name: str) -> str:
    """Return what happens in a preset, in one sentence."""
    return PRESETS[name].partition("\n")[0].removeprefix("# ")
