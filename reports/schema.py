"""The published JSON Schema of `results.json`, derived from the record.

The one rule: the file beside this module is generated (`python -m reports --schema > reports/results.schema.json`);
a test fails when it is stale.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from reports.record import SCHEMA, RunRecord, Verdict

PUBLISHED: Final = Path(__file__).with_name("results.schema.json")
"""Where the generated schema is kept."""


def text() -> str:
    """Return the JSON Schema (draft 2020-12) that every record of this version fulfils."""
    schema = RunRecord.model_json_schema(by_alias=True, mode="serialization")
    schema["properties"]["counts"]["required"] = list(Verdict)
    schema["properties"]["schema"]["pattern"] = rf"^{SCHEMA.replace('.', '[.]')}([.][0-9]+)?$"
    heading = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:{SCHEMA.replace('/', ':')}"}
    return json.dumps(heading | schema, indent=2, ensure_ascii=False) + "\n"
