"""The universal endpoint's list of steps, as the HTTP endpoint and the AI binding send it.

The one rule: a list that cannot be read has no steps; what is wrong inside a step is its provider's business.
Source: Cloudflare docs, AI Gateway, universal endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.gateway.providers import Step
from harness.mock_cloudflare.request import Request


def steps_of(body: bytes) -> tuple[Step, ...]:
    """Read the steps of a request; one object counts as a list of one."""
    try:
        told = json_text.load(body)
    except json_text.BadJsonError:
        return ()
    listed = told if isinstance(told, list) else [told]
    steps = tuple(_step(each) for each in listed if isinstance(each, dict))
    return steps if len(steps) == len(listed) else ()


def _step(told: Mapping[str, object]) -> Step:
    headers, query = told.get("headers"), told.get("query")
    named = headers if isinstance(headers, dict) else {}
    authorization = told.get("authorization")  # an older form of the same
    own = {"authorization": authorization} if isinstance(authorization, str) else {}
    return Step(
        provider=str(told.get("provider", "")).lower(),
        endpoint=str(told.get("endpoint", "")).strip("/"),
        headers={**own, **{str(name).lower(): str(value) for name, value in named.items()}},
        body=json_text.dump(query if query is not None else {}),
    )


def fields_of(request: Request) -> dict[str, str]:
    """Return a request's headers by their names in lower case, the first of each."""
    found: dict[str, str] = {}
    for name, value in request.headers:
        found.setdefault(name.lower(), value)
    return found
