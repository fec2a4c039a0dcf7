"""A case refuses to contradict itself."""

from __future__ import annotations

from typing import Any

import pytest

from fault_injection.families import http
from scenarios.case import Case, Expect, InvalidCaseError, Step, Upstream


def case(**changed: Any) -> Case:  # noqa: ANN401 - any field, so that each can be wrong in its own way
    """Build a case that is in order but for what is changed."""
    given: dict[str, Any] = {"id": "family.slug", "promise": "It holds.", "reference": "a page", "focus": ("no-loss",)}
    return Case(**{**given, **changed})


def test_the_family_is_what_stands_before_the_dot() -> None:
    assert case(id="cache.callers-apart").family == "cache"


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"steps": (Step(), Step())}, "labels must differ"),
        ({"expect": (Expect(step="other", seen="answered", invariant="no-loss"),)}, "no step is labelled 'other'"),
        ({"upstream": (Upstream(faults=(http.Status(),), question="r"),)}, "no step asks 'r'"),
        ({"steps": (Step(start="with"),)}, "nothing to start with"),
        ({"steps": ()}, "nothing to start with"),
        ({"focus": ()}, "about at least one invariant"),
    ],
)
def test_a_case_that_contradicts_itself_cannot_be_built(changed: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidCaseError, match=complaint) as caught:
        case(**changed)

    assert str(caught.value).startswith("family.slug: ")


@pytest.mark.parametrize(
    ("changed", "disturbs"),
    [
        ({}, False),
        ({"steps": (Step(together=20),)}, False),
        ({"alone": True}, True),
        ({"fresh": True}, True),
        ({"upstream": (Upstream(faults=(http.Status(),)),)}, True),
        ({"steps": (Step(), Step(label="again", restart=True))}, True),
    ],
)
def test_a_case_that_may_leave_its_target_changed_wants_it_alone(changed: dict[str, Any], disturbs: bool) -> None:
    assert case(**changed).disturbs is disturbs
