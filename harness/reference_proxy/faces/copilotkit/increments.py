"""The increments of an answer in the form that CopilotKit's runtime sends: each with the path of what it fills in.

graphql-core sends a newer form: it announces what is pending under an id, and tells increments and ends by that id.

The one rule: nothing is told of what fills nothing in, so that every part of an answer is news.
Source: GraphQL's RFC on incremental delivery, in its form of 2022 and in that of 2025.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.reference_proxy.faces.face import Json


class Increments:
    """One answer's increments, in their order."""

    def __init__(self) -> None:
        self._paths: dict[str, list[str | int]] = {}
        self._sent: dict[str, int] = {}  # items of a list so far

    def first(self, told: Mapping[str, Any]) -> Json:
        """Return the part that an answer begins with."""
        self._note(told)
        return {name: told[name] for name in ("data", "errors", "hasNext") if name in told}

    def further(self, told: Mapping[str, Any]) -> Json | None:
        """Return a part that follows; None where it would fill nothing in."""
        self._note(told)
        parts = sorted((self._part(each) for each in told.get("incremental", [])), key=_is_fragment)
        parts += list(self._ends(told.get("completed", [])))
        if not parts and told["hasNext"]:
            return None
        return {**({"incremental": parts} if parts else {}), "hasNext": told["hasNext"]}

    def _note(self, told: Mapping[str, Any]) -> None:
        self._paths |= {each["id"]: each["path"] for each in told.get("pending", [])}

    def _part(self, told: Mapping[str, Any]) -> Json:
        path = [*self._paths[told["id"]], *told.get("subPath", [])]
        errors = {"errors": told["errors"]} if told.get("errors") else {}
        if "items" not in told:
            return {"data": told["data"], "path": path, **errors}
        at = self._sent.get(told["id"], 0)
        self._sent[told["id"]] = at + len(told["items"])
        return {"items": told["items"], "path": [*path, at], **errors}

    def _ends(self, told: list[Mapping[str, Any]]) -> Iterator[Json]:
        for each in told:
            path = self._paths.pop(each["id"])
            at = self._sent.pop(each["id"], None)
            if each.get("errors"):
                missing = {"data": None} if at is None else {"items": None}
                yield {**missing, "path": path if at is None else [*path, at], "errors": each["errors"]}


def _is_fragment(part: Json) -> bool:
    """Tell what says how something has ended from what it ended with, which comes first where both are there."""
    return "data" in part
