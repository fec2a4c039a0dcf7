"""Workers AI: native runs, OpenAI's chat completions, and the catalogue.

The one rule: both dialects answer the same question with the same words; a handler reads, checks, composes and leaves
the wording to a dialect module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare import errors, json_text
from harness.mock_cloudflare.ai import (
    by_line,
    catalogue,
    chat,
    embeddings,
    forms,
    native_dialect,
    openai_dialect,
    responses,
    validation,
)
from harness.mock_cloudflare.ai.catalogue import Model
from harness.mock_cloudflare.errors import Ai
from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.paging import page_of
from harness.mock_cloudflare.request import Answer, Request, last_of_each
from harness.mock_cloudflare.routing import Route
from harness.mock_cloudflare.settings import MockSettings

LIST_CREATED_S = 1_754_389_649
_RULES_OF_V1 = {
    null_content: validation.Rules(
        needs_messages=True, content_parts=True, null_content=null_content, longest_text=None, any_seed=True
    )
    for null_content in (False, True)
}


class Call(NamedTuple):
    """One call of the service with everything that decides its answer."""

    request: Request
    route: Route
    settings: MockSettings
    identity: Identity

    @property
    def is_alias(self) -> bool:
        """Whether it came by `/v1`, where callers know OpenAI's errors and models only."""
        return self.route.door == "openai"

    def refuse(self, row: Ai, **blanks: object) -> Reply:
        """Build an error in the dialect of the route."""
        if self.is_alias:
            missing = row is Ai.NO_SUCH_MODEL
            message = row.value.text.format(**blanks)
            return errors.openai_error(
                message, status=404 if missing else row.value.status, code="model_not_found" if missing else None
            )
        return errors.ai_error(row, uuid=self.identity.uuid if self.settings.switches.error_uuid else "", **blanks)


def answer(call: Call) -> Answer:
    """Answer one call of Workers AI."""
    return _HANDLERS[call.route.name](call)


def _body(call: Call) -> dict[str, object] | Answer:
    if not call.request.body:
        return _refused(call, Ai.NO_BODY, what="body")
    try:
        return json_text.load_object(call.request.body)
    except json_text.BadJsonError as error:
        return _refused(call, Ai.BAD_INPUT, what=f"the body is {error}")


def _refused(call: Call, row: Ai, *, named: str = "", **blanks: object) -> Answer:
    return Answer(surface=call.route.surface, reply=call.refuse(row, **blanks), model=named)


def _find(call: Call, name: str) -> Model | Answer:
    if name in catalogue.DEPRECATED:
        return _refused(call, Ai.DEPRECATED, named=name, model=name, date=catalogue.DEPRECATED[name])
    model = catalogue.find(name)
    if model is None and call.is_alias and name and "no-such" not in name:
        model = Model(name, content_parts=True)
    return model or _refused(call, Ai.NO_SUCH_MODEL, named=name, model=name)


def _run(call: Call) -> Answer:
    body = _body(call)
    name = call.route.parts["model"].decode("utf-8", "replace")
    return body if isinstance(body, Answer) else _run_model(call, name, body)


def _run_generic(call: Call) -> Answer:
    body = _body(call)
    if isinstance(body, Answer):
        return body
    name, inputs = body.get("model"), body.get("input")
    if not isinstance(name, str) or not isinstance(inputs, dict):
        return _refused(call, Ai.BAD_INPUT, what="required properties at '/' are 'model,input'")
    return _run_model(call, name, inputs)


def _run_model(call: Call, name: str, body: Mapping[str, object]) -> Answer:
    model = _find(call, name)
    if isinstance(model, Answer):
        return model
    if model.task == "Text Embeddings":
        return embeddings.run(model, body) or _refused(
            call, Ai.BAD_INPUT, named=name, what="required properties at '/' are 'text'"
        )
    switches = call.settings.switches
    rules = validation.Rules(
        needs_messages=False,
        content_parts=model.content_parts,
        null_content=switches.null_content_on_run,
        longest_text=validation.LONGEST_TEXT if model.style == "native" else None,
    )
    wrong = validation.fault_of(body, rules)
    if wrong:
        return _refused(call, Ai.BAD_INPUT, named=name, what=wrong)
    # The native dialect has no choices: `n` is a word it does not know.
    asked = {parameter: value for parameter, value in body.items() if parameter != "n"}
    exchange = _compose(call, asked, name, default_max_tokens=switches.default_max_tokens)
    if model.style == "native":
        reply = native_dialect.reply(exchange, switches)
    else:
        reply = openai_dialect.reply(exchange, switches, wording=model.style)
    return _said(call, exchange, reply)


def _chat(call: Call) -> Answer:
    body = _body(call)
    if isinstance(body, Answer):
        return body
    asked = _asked(call, body)
    if isinstance(asked, Answer):
        return asked
    said = _said(call, asked, openai_dialect.reply(asked, call.settings.switches))
    return replace(said, reply=by_line.worded(said.reply, call.request)) if call.is_alias else said


def _responses(call: Call) -> Answer:
    """Answer a call of the Responses API; what comes by `/v1` is said to be of OpenAI, who has errors of its own."""
    answered = _response(call)
    return replace(answered, reply=replace(answered.reply, binding="openai")) if call.is_alias else answered


def _response(call: Call) -> Answer:
    body = _body(call)
    if isinstance(body, Answer):
        return body
    if not isinstance(body.get("input"), str | list):
        return _refused(call, Ai.BAD_INPUT, what="required properties at '/' are 'input'")
    asked = _asked(call, responses.as_chat(body), messages="input")
    return asked if isinstance(asked, Answer) else _worded(call, asked, responses.reply(asked, body))


def _asked(call: Call, body: Mapping[str, object], *, messages: str = "messages") -> chat.Exchange | Answer:
    name = body.get("model")
    if not isinstance(name, str):
        return _refused(call, Ai.BAD_INPUT, what="required properties at '/' are 'model'")
    model = _find(call, name)
    if isinstance(model, Answer):
        return model
    if model.task != "Text Generation":
        return _refused(call, Ai.NO_SUCH_MODEL, named=name, model=name)
    wrong = validation.fault_of(body, _RULES_OF_V1[call.settings.switches.null_content_on_v1])
    if wrong:
        return _refused(call, Ai.BAD_INPUT, named=name, what=wrong.replace("/messages", f"/{messages}"))
    return _compose(call, body, name)


def _compose(
    call: Call, body: Mapping[str, object], name: str, *, default_max_tokens: int | None = None
) -> chat.Exchange:
    return chat.compose(
        body,
        model=name,
        identifier=f"chatcmpl-{call.identity.hex32}",
        now_s=call.identity.now_s,
        default_max_tokens=default_max_tokens,
    )


def _said(call: Call, exchange: chat.Exchange, reply: Reply) -> Answer:
    return _worded(call, exchange, forms.said(reply, exchange))


def _worded(call: Call, exchange: chat.Exchange, reply: Reply) -> Answer:
    if not reply.is_stream and exchange.prompt.first_s:
        reply = replace(reply, wait_s=exchange.prompt.first_s)
    return Answer(surface=call.route.surface, reply=reply, model=exchange.model, nonce=exchange.prompt.nonce)


def _embeddings(call: Call) -> Answer:
    body = _body(call)
    if isinstance(body, Answer):
        return body
    name = body.get("model")
    model = _find(call, name if isinstance(name, str) else "")
    if isinstance(model, Answer):
        return model
    if model.task != "Text Embeddings":
        if not call.is_alias:
            return _refused(call, Ai.NO_SUCH_MODEL, named=model.name, model=model.name)
        model = Model(model.name, "Text Embeddings", dimensions=768)
    return embeddings.openai(model, body) or _refused(
        call, Ai.BAD_INPUT, named=model.name, what="required properties at '/' are 'input'"
    )


def _search(call: Call) -> Answer:
    query = last_of_each(call.request.query)
    wanted = query.get("search", "").lower()
    models = [
        model
        for model in catalogue.MODELS
        if wanted in model.name.lower()
        and query.get("task") in (None, model.task)
        and query.get("author") in (None, model.name.split("/")[1])
        and query.get("source") in (None, str(catalogue.item(model)["source"]))
    ]
    switches = call.settings.switches
    page = page_of(models, query, per_page=switches.search_per_page, most=switches.search_max_per_page)
    reply = errors.success([catalogue.item(model) for model in page.items], info=page.info)
    return Answer(surface=call.route.surface, reply=reply)


def _schema(call: Call) -> Answer:
    name = last_of_each(call.request.query).get("model", "")
    model = catalogue.find(name)
    if model is None:
        return _refused(call, Ai.NO_SUCH_MODEL, named=name, model=name)
    return Answer(surface=call.route.surface, reply=errors.success(catalogue.schema(model)), model=name)


def v1_models() -> Reply:
    """List the models of text generation as OpenAI does."""
    rows = [
        {"id": model.name, "object": "model", "created": LIST_CREATED_S, "owned_by": model.name.split("/")[1]}
        for model in catalogue.MODELS
    ]
    return json_reply(json_text.dump({"object": "list", "data": rows}))


_HANDLERS: dict[str, Callable[[Call], Answer]] = {
    "run": _run,
    "run-generic": _run_generic,
    "chat": _chat,
    "responses": _responses,
    "embeddings": _embeddings,
    "search": _search,
    "schema": _schema,
}
OPERATIONS = frozenset(_HANDLERS)
