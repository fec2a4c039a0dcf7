from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError, with_config

from reports.record.amiss import amiss


@with_config(ConfigDict(extra="forbid"))
@dataclass(kw_only=True)
class Known:
    name: str


def _never(_: str) -> str:
    raise ValueError("it is never right")


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (int, "x", "it should be a whole number"),
        (int, 1.5, "it should be a whole number"),
        (float, "x", "it should be a number"),
        (Annotated[float, Field(allow_inf_nan=False)], float("inf"), "it should be a finite number"),
        (bool, "maybe", "it should be true or false"),
        (str, 3, "it should be text"),
        (list[int], 3, "it should be a list"),
        (tuple[int, ...], 3, "it should be a list"),
        (frozenset[int], 3, "it should be a list"),
        (dict[str, int], 3, "it should be a table"),
        (Known, 3, "it should be a table"),
        (AwareDatetime, "soon", "it should be a time such as 2026-11-21T12:34:56Z"),
        (datetime, [], "it should be a time such as 2026-11-21T12:34:56Z"),
        (None, 1, "it should be null"),
        (Annotated[float, Field(gt=0)], 0, "it should be more than 0"),
        (Annotated[int, Field(ge=400)], 1, "it should be 400 or more"),
        (Annotated[int, Field(lt=7)], 7, "it should be less than 7"),
        (Annotated[float, Field(le=0.5)], 1, "it should be 0.5 or less"),
        (Literal["a", "b"], "c", "it should be 'a' or 'b'"),
        (Known, {}, "it is missing"),
        (Known, {"name": "", "nome": ""}, "there is no such key"),
        (Annotated[str, AfterValidator(_never)], "", "it is never right"),
        (Annotated[str, Field(min_length=1)], "", "it should have at least 1 character"),
    ],
)
def test_what_is_wrong_is_said_without_the_words_of_a_library(
    kind: Any,  # noqa: ANN401 - whatever pydantic takes for a type
    value: object,
    told: str,
) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)

    assert amiss(caught.value.errors()[0], table="a table") == told
