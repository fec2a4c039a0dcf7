"""Which model is asked when the first one fails.

The one rule: only the model that was asked for fails; whatever else is called then is the fallback.
"""

from __future__ import annotations

from typing import Final

from fault_injection.families.http import Status
from harness.core.probing.experiments.settling import fresh, served, settled
from harness.core.probing.facts import Notes, times
from harness.core.probing.moves import Ask, Moves, one
from harness.core.probing.terms import Terms

KEYS: Final = ("fallback_model", "fallback_sticky")
_CODES: Final = (500, 503, 429)
_PATIENCE_S: Final = 60.0


def fallback(_: Terms, notes: Notes) -> Moves:
    """Let the model fail in several ways, and see who else is asked; then whether the first is asked again."""
    yield from fresh("fallback")
    stepped_in: dict[str, list[str]] = {}
    back = 0
    for code in _CODES:
        name = f"fallback/{code}"
        seen = yield from one(Ask(question=name, upstream=(Status(code=code),), patience_s=_PATIENCE_S))
        for model in seen.others:
            stepped_in.setdefault(model, []).append(str(code))
        after = yield from one(Ask(question=f"{name}/after"))
        back += served(after)
        yield from settled(name)
    if not stepped_in:
        notes.absent("fallback_model", f"no other model was asked after {', '.join(map(str, _CODES))}")
        notes.absent("fallback_sticky", "there is no fallback")
        return
    model = max(stepped_in, key=lambda each: len(stepped_in[each]))
    how = f"{times(len(stepped_in[model]), len(_CODES))}, after {', '.join(stepped_in[model])}"
    notes.found("fallback_model", model, how)
    if back == len(_CODES):
        notes.absent("fallback_sticky", f"the first model was asked again right afterwards, {times(back, len(_CODES))}")
    else:
        notes.found(
            "fallback_sticky", value=True, how=f"the first model was left alone, {times(len(_CODES) - back, 3)}"
        )
