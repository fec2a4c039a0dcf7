"""A piece of a record: what every part of it is made of.

The one rule: a part holds only what JSON can say, is never changed, and keeps keys that it does not know.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, JsonValue


def _well_formed(value: object) -> object:
    """Replace what no JSON file can hold: lone surrogates, from odd bytes of a target, and infinite numbers."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {_well_formed(key): _well_formed(each) for key, each in value.items()}
        case list() | tuple():
            return [_well_formed(each) for each in value]
        case _:
            return value


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("it should be a moment that a calendar has in UTC, too") from None


Text = Annotated[str, BeforeValidator(_well_formed)]
Free = Annotated[dict[str, JsonValue], BeforeValidator(_well_formed)]
"""Measurements whose shape belongs to whoever measured them."""
Instant = Annotated[AwareDatetime, AfterValidator(_utc)]


class Part(BaseModel):
    """A piece of the record: cannot be changed, keeps keys it does not know, and holds only what JSON can say."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, populate_by_name=True)
