"""What a GraphQL request asks for: its document, read and checked against the schema, and its variables.

The one rule: a document is read once and kept, for a client sends the same one each time; how many are kept is bounded.
Source: GraphQL over HTTP; the codes of errors are those of GraphQL Yoga, which CopilotKit's runtime is made of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Visitor,
    build_schema,
    parse,
    validate,
    visit,
)

from harness.reference_proxy.errors import invalid_request

_MOST_TOKENS: Final = 1000  # a document of CopilotKit has 140; what checking takes grows with their square
_KEPT_CHARS: Final = 16 * 1024


class UnfitError(Exception):
    """A document that cannot be executed: its errors, as GraphQL words them, and of which kind they are."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request. `in_parts` says whether it wants an answer that comes in increments."""

    document: DocumentNode
    variables: Mapping[str, Any]
    name: str | None
    in_parts: bool


@cache
def schema() -> GraphQLSchema:
    """Return the schema."""
    return build_schema((files(__package__) / "schema.graphql").read_text(encoding="utf-8"))


def operation_of(asked: Mapping[str, Any]) -> Operation:
    """Return the operation that a request names.

    Raises:
        ProxyError: it is no request of GraphQL.
        UnfitError: its document cannot be read, or does not fit the schema.
    """
    query, variables, name = asked.get("query"), asked.get("variables"), asked.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise invalid_request("Must provide query string.", code="BAD_REQUEST", param="query")
    if not isinstance(variables, Mapping | None):
        raise invalid_request("'variables' must be an object.", code="BAD_REQUEST", param="variables")
    if not isinstance(name, str | None):
        raise invalid_request("'operationName' must be a string.", code="BAD_REQUEST", param="operationName")
    read = _kept if len(query) <= _KEPT_CHARS else _checked
    document, in_parts = read(query)
    return Operation(document=document, variables=variables or {}, name=name, in_parts=in_parts)


def _checked(query: str) -> tuple[DocumentNode, bool]:
    try:
        document = parse(query, max_tokens=_MOST_TOKENS)
    except GraphQLError as error:
        raise UnfitError("GRAPHQL_PARSE_FAILED", [error]) from None
    except RecursionError:
        raise UnfitError("GRAPHQL_PARSE_FAILED", [GraphQLError("The document nests too deeply.")]) from None
    if errors := validate(schema(), document):
        raise UnfitError("GRAPHQL_VALIDATION_FAILED", errors)
    found = _Parts()
    visit(document, found)
    return document, found.any


_kept = lru_cache(maxsize=64)(_checked)


class _Parts(Visitor):
    """Whether a document has a directive by which its answer comes in increments."""

    def __init__(self) -> None:
        super().__init__()
        self.any = False

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """Look at one directive."""
        self.any = self.any or node.name.value in ("defer", "stream")
