"""The execution of an operation: the fields at its root, and the parts of its answer as they come.

The one rule: what can refuse a request is done before there is a first part, so that a status can still tell.
"""

import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, Final, TypeAlias

from graphql import GraphQLError, GraphQLResolveInfo, experimental_execute_incrementally
from graphql.execution import ExperimentalIncrementalExecutionResults, SubsequentIncrementalExecutionResult

from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.faces.copilotkit.answer import Answer, NextChunk
from harness.reference_proxy.faces.copilotkit.errors import cause_of
from harness.reference_proxy.faces.copilotkit.increments import Increments
from harness.reference_proxy.faces.copilotkit.operation import Operation, schema
from harness.reference_proxy.faces.copilotkit.request import chat_of
from harness.reference_proxy.faces.face import Head, Json

Resolving: TypeAlias = "GraphQLResolveInfo[_Context]"

Begin: TypeAlias = Callable[[Json], Awaitable[tuple[Head, NextChunk]]]
"""Takes a chat to upstream, and waits for its answer to begin; raises ProxyError where it never will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """The first part of an answer, its errors, and the parts to come, where any are."""

    first: Json
    errors: list[GraphQLError] | None
    further: AsyncGenerator[Json, None] | None
    answers: list[Answer]

    @property
    def failure(self) -> ProxyError | None:
        """Why what was executed has broken off so far."""
        return next((answer.failure for answer in self.answers if answer.failure), None)


async def execute(operation: Operation, begin: Begin) -> Execution:
    """Execute an operation as far as its first part."""
    context = _Context(begin=begin, in_parts=operation.in_parts)
    done = experimental_execute_incrementally(
        schema(),
        operation.document,
        root_value=_ROOT,
        context_value=context,
        variable_values=dict(operation.variables),
        operation_name=operation.name,
    )
    result = await done if isawaitable(done) else done
    if not isinstance(result, ExperimentalIncrementalExecutionResults):
        first: Json = dict(result.formatted)
        return Execution(first=first, errors=result.errors, further=None, answers=context.answers)
    increments = Increments()
    first = increments.first(result.initial_result.formatted)
    return Execution(
        first=first,
        errors=result.initial_result.errors,
        further=_further(result.subsequent_results, increments),
        answers=context.answers,
    )


async def _further(
    told: AsyncGenerator[SubsequentIncrementalExecutionResult, None], increments: Increments
) -> AsyncGenerator[Json, None]:
    async with aclosing(told) as parts:
        async for each in parts:
            for filling in (*(each.incremental or ()), *(each.completed or ())):
                cause_of(
                    filling.errors
                )  # an answer that breaks off is told by its fields: whatever is here is a defect
            part = increments.further(each.formatted)
            if part is not None:
                yield part


@dataclass(slots=True, kw_only=True)
class _Context:
    begin: Begin
    in_parts: bool
    answers: list[Answer] = field(default_factory=list)


async def _answer(info: Resolving, data: Mapping[str, Any], properties: Mapping[str, Any] | None = None) -> Json:
    del properties  # what a page tells the actions of a runtime; there are none here
    context = info.context
    if context.answers:
        raise invalid_request("A request can ask for one answer and no more.", code="too_many_answers")
    head, next_chunk = await context.begin(chat_of(data, in_parts=context.in_parts))
    answer = Answer(
        head,
        next_chunk,
        thread_id=data.get("threadId") or str(uuid.uuid4()),
        run_id=data.get("runId") or f"run_{head.mark}",
    )
    context.answers.append(answer)
    return answer.fields()


def _state(_: Resolving, data: Mapping[str, Any]) -> Json:
    return {"threadId": data["threadId"], "threadExists": False, "state": "{}", "messages": "[]"}


_ROOT: Final[Mapping[str, object]] = {
    "hello": "Hello World",
    "availableAgents": {"agents": []},
    "loadAgentState": _state,
    "generateCopilotResponse": _answer,
}
"""There are no agents here, and so there is no state of one."""
