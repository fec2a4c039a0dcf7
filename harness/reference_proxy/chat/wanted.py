"""What clients may ask, as bodies and as queries: names, kinds, bounds.

Names are in camel case, as in `conversationId`; snake case is taken as well.

The one rule: a bad request is a 400 that names the field at fault, before anything is looked up for it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from harness.reference_proxy import jsontext
from harness.reference_proxy.chat.answer import storable
from harness.reference_proxy.errors import invalid_request
from harness.reference_proxy.requests import check_model

M = TypeVar("M", bound=BaseModel)

_PAGE_MAX = 100
_TOOLS_MAX = 128
_TEXT_MAX_CHARS = 500_000


def _storable(text: str) -> str:
    if storable(text) != text:
        raise ValueError("must hold neither NUL nor half a surrogate pair")
    return text


def _spoken(text: str) -> str:
    if not text.strip():
        raise ValueError("must say something")
    return text


def _model(text: str) -> str:
    check_model(text)
    return text


Text = Annotated[str, Field(max_length=_TEXT_MAX_CHARS), AfterValidator(_storable)]
Said = Annotated[Text, AfterValidator(_spoken)]
Name = Annotated[str, Field(max_length=200), AfterValidator(_storable), AfterValidator(_spoken)]
Id = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_storable)]
Model = Annotated[str, AfterValidator(_model)]


class Body(BaseModel):
    """A JSON document: nothing in it that we do not know, nothing of another kind."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True)


class Query(BaseModel):
    """What follows the question mark."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Parameters(Body):
    """How a model is to answer."""

    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None


class ToolResult(Body):
    """What a tool gave: text, or any other JSON."""

    tool_call_id: Name
    result: Any

    @property
    def text(self) -> str:
        """The result as a model is told it."""
        text = self.result if isinstance(self.result, str) else jsontext.dumps(self.result).decode()
        return storable(text)


class Ask(Parameters):
    """POST /api/v1/chat: a message, results of the tools that were called before, or both."""

    message: Said | None = None
    tool_results: Annotated[list[ToolResult], Field(max_length=_TOOLS_MAX)] = []
    conversation_id: Id | None = None
    parent_message_id: Id | None = None
    agent_id: Id | None = None
    model: Model | None = None


class Regenerate(Parameters):
    """POST /api/v1/chat/{id}/regenerate."""

    message_id: Id | None = None
    agent_id: Id | None = None
    model: Model | None = None


class Change(Body):
    """PATCH /api/v1/chat/{id}."""

    title: Name | None = None
    shared: bool | None = None
    archived: bool | None = None
    head_message_id: Id | None = None


class NewAgent(Body):
    """POST /api/v1/agents."""

    name: Name
    description: Text = ""
    system_prompt: Text = ""
    tools: Annotated[list[dict[str, Any]], Field(max_length=_TOOLS_MAX)] = []
    model: Model | None = None
    parameters: Parameters = Parameters()


class AgentChange(Body):
    """PATCH /api/v1/agents/{id}."""

    name: Name | None = None
    description: Text | None = None
    system_prompt: Text | None = None
    tools: Annotated[list[dict[str, Any]], Field(max_length=_TOOLS_MAX)] | None = None
    model: Model | None = None
    parameters: Parameters | None = None


class NewKey(Body):
    """POST /api/v1/keys."""

    name: Name = "key"


class Paging(Query):
    """A part of a list."""

    limit: Annotated[int, Field(ge=1, le=_PAGE_MAX)] = 20
    offset: Annotated[int, Field(ge=0, le=2**31)] = 0


class Listing(Paging):
    """GET /api/v1/chat."""

    order: Literal["asc", "desc"] = "desc"
    archived: Literal["true", "false", "all"] = "false"
    whose: Literal["own", "team"] = "own"
    agent_id: Id | None = None


class Reading(Paging):
    """GET /api/v1/chat/{id}; `branch` is the id of its last message, or `all`."""

    order: Literal["asc", "desc"] = "desc"
    branch: Id | None = None


class Searching(Paging):
    """GET /api/v1/chat/search."""

    q: Said
    conversation_id: Id | None = None


class Exporting(Query):
    """GET /api/v1/chat/{id}/export."""

    format: Literal["markdown", "json", "pdf"] = "markdown"
    branch: Id | None = None


class Spent(Query):
    """GET /api/v1/usage."""

    by: Literal["day", "month"] = "day"
    scope: Literal["user", "tenant"] = "user"
    since: date = date.min
    until: date = date.max


def body(kind: type[M], raw: bytes, *, max_depth: int) -> M:
    """The document in a request's body; nothing at all counts as `{}`. Raises ProxyError (400)."""
    try:
        document = jsontext.loads(raw.decode("utf-8-sig"), max_depth=max_depth) if raw else {}
    except jsontext.TooDeepError:
        raise invalid_request(f"The request nests deeper than {max_depth} levels.", code="too_deep") from None
    except ValueError:
        raise invalid_request("The request body is not valid JSON.", code="invalid_json") from None
    if not isinstance(document, dict):
        raise invalid_request("The request body must be a JSON object.", code="invalid_type")
    return _checked(kind, document)


def query(kind: type[M], given: Mapping[str, str]) -> M:
    """What a query asks. Raises ProxyError (400)."""
    return _checked(kind, dict(given))


def given(change: BaseModel) -> dict[str, Any]:
    """The fields that a change names, by our own names; null is as good as not named."""
    return change.model_dump(exclude_unset=True, exclude_none=True)


def _checked(kind: type[M], document: dict[str, Any]) -> M:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        said = first["msg"].removeprefix("Value error, ").partition(", unable to parse")[0]
        raise invalid_request(f"'{where}': {said}.", code="invalid_field", param=where) from None
