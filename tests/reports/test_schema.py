"""The published JSON Schema: fresh, and true of what is written."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

from reports import schema
from reports.record import RunRecord
from tests.reports.sample import large_record, record


def test_the_published_schema_is_fresh() -> None:
    assert schema.PUBLISHED.read_text(encoding="utf-8") == schema.text(), (
        "run: python -m reports --schema > reports/results.schema.json"
    )


@pytest.mark.parametrize("written", [record(), record([]), large_record(3)], ids=["sample", "empty", "large"])
def test_every_record_fulfils_the_schema(written: RunRecord) -> None:
    Draft202012Validator.check_schema(json.loads(schema.text()))

    Draft202012Validator(json.loads(schema.text())).validate(json.loads(written.to_json()))


@pytest.mark.parametrize("key", ["pass", "harness-error"])
def test_the_schema_asks_for_every_count(key: str) -> None:
    data = json.loads(record().to_json())
    del data["counts"][key]

    with pytest.raises(ValidationError, match=key):
        Draft202012Validator(json.loads(schema.text())).validate(data)


def test_the_schema_knows_its_own_version_only() -> None:
    data = json.loads(record().to_json()) | {"schema": "edgeproof.results/2"}

    with pytest.raises(ValidationError, match=r"results/2"):
        Draft202012Validator(json.loads(schema.text())).validate(data)
