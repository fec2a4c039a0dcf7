"""The published JSON Schema of an event, derived from the kinds of events.

The one rule: the file beside this module is generated (`make docs`); a test fails when it is stale.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from reports.events.event import SCHEMA, Event

PUBLISHED: Final = Path(__file__).with_name("events.schema.json")
"""Where the generated schema is kept."""


def text() -> str:
    """Return the JSON Schema (draft 2020-12) that every line of an event file fulfils."""
    schema = TypeAdapter(Event).json_schema(by_alias=True, mode="serialization")
    heading = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:{SCHEMA.replace('/', ':')}"}
    return json.dumps(heading | {"title": "Event"} | schema, indent=2, ensure_ascii=False) + "\n"
