"""What is told of each answer behind it, to whoever keeps accounts.

The one rule: who listens is told and never waited for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["whole", "broken", "left", "failed"]
"""How it went: to its good end; broken off; given up because the client left; refused or failed before its start."""
CLIENT_LEFT_STATUS = 499  # as nginx logs it


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer. `caller` names the client without its token, `kind` the API that was asked, by its path."""

    caller: str
    model: str
    kind: str
    form: str
    cache: str
    outcome: Outcome
    usage: object
    took_s: float
    attempts: int


Listener = Callable[[Answered], None]


def nobody(_: Answered) -> None:
    """Tell nobody."""


def of(
    fields: Mapping[str, object], *, caller: str, kind: str, form: str, cache: str, status: int, took_s: float
) -> Answered | None:
    """What is told of a request by the fields of its log line; None where nothing was asked of a model."""
    if "model" not in fields:
        return None
    attempts = fields.get("attempts")
    return Answered(
        caller=caller,
        model=str(fields["model"]),
        kind=kind,
        form=form,
        cache=cache,
        outcome=_outcome(status, fields.get("failure")),
        usage=fields.get("usage"),
        took_s=took_s,
        attempts=attempts if isinstance(attempts, int) else 0,
    )


def _outcome(status: int, failure: object) -> Outcome:
    if status == CLIENT_LEFT_STATUS:
        return "left"
    if status >= 400:
        return "failed"
    return "broken" if failure else "whole"
