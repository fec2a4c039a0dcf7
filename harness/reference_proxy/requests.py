"""What a client may ask: validation and limits, before anything is spent on it.

The one rule: a bad request is a clean 4xx here; what passes reaches upstream exactly as the client sent it.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError, invalid_request

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_MODEL = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._:-]*(?:/[A-Za-z0-9@][A-Za-z0-9._:-]*)*")
_MAX_MODEL_CHARS = 200
_NUMBERS = ("temperature", "top_p", "frequency_penalty", "presence_penalty", "repetition_penalty")
_COUNTS = {"max_tokens": 1, "max_completion_tokens": 1, "n": 1, "top_k": 1}
_MAX_CHOICES = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One validated request.

    `parameters` is the client's own document, with `model` filled in; `caller` is a hash of the client's identity;
    `cache_key` is equal exactly when the caller and everything that shapes the answer are equal.
    """

    parameters: Mapping[str, Any]
    caller: str
    cache_key: str

    @property
    def model(self) -> str:
        """The model asked for."""
        return str(self.parameters["model"])

    @property
    def stream(self) -> bool:
        """Whether the client wants an event stream."""
        return self.parameters.get("stream") is True

    @property
    def include_usage(self) -> bool:
        """Whether the client wants a usage chunk at the end of its stream."""
        options = self.parameters.get("stream_options")
        return isinstance(options, Mapping) and options.get("include_usage") is True

    @property
    def choices(self) -> int:
        """How many answers were asked for."""
        return int(self.parameters.get("n") or 1)

    def flight_key(self) -> str:
        """Equal exactly when one upstream call can serve both: the cache key and the form of the answer."""
        form = [self.stream, self.parameters.get("stream_options")]
        return f"{self.cache_key}:{jsontext.canonical(form).decode('ascii')}"


def identity_of(authorization: str) -> str:
    """A name for the client that reveals nothing of its token."""
    return hashlib.sha256(authorization.encode("utf-8", "surrogateescape")).hexdigest()


def parse(body: bytes, *, caller: str, default_model: str, max_depth: int, max_messages: int) -> ChatRequest:
    """The validated request in `body`; raises ProxyError (400) naming the parameter at fault."""
    parameters = document(body, max_depth=max_depth)
    if parameters.get("model") is None:
        parameters["model"] = default_model
    check_model(parameters["model"])
    _check_messages(parameters.get("messages"), max_messages)
    _check_options(parameters)
    return ChatRequest(parameters=parameters, caller=caller, cache_key=_cache_key(parameters, caller))


def document(body: bytes, *, max_depth: int) -> dict[str, Any]:
    """The JSON object in `body`; raises ProxyError (400) where there is none."""
    try:
        read = jsontext.loads(body.decode("utf-8-sig"), max_depth=max_depth)
    except jsontext.TooDeepError:
        raise invalid_request(f"The request nests deeper than {max_depth} levels.", code="too_deep") from None
    except ValueError:  # UnicodeDecodeError is one too
        raise invalid_request("The request body is not valid JSON.", code="invalid_json") from None
    if not isinstance(read, dict):
        raise invalid_request("The request body must be a JSON object.", code="invalid_type")
    return dict(read)


def owner_of(caller: str) -> str:
    """How the keys of everything begin that is kept for a caller, so that it can be listed and cleared."""
    return caller[:16]


def _cache_key(parameters: Mapping[str, Any], caller: str) -> str:
    shaping = {name: value for name, value in parameters.items() if name not in ("stream", "stream_options")}
    return f"{owner_of(caller)}-{hashlib.sha256(jsontext.canonical([caller, shaping])).hexdigest()}"


def check_model(model: object) -> None:
    """Refuse, with a ProxyError (400), what cannot be a model's name: it becomes part of a path."""
    if not isinstance(model, str):
        raise invalid_request("'model' must be a string.", code="invalid_type", param="model")
    if len(model) > _MAX_MODEL_CHARS or not _MODEL.fullmatch(model) or ".." in model:
        raise invalid_request("'model' is not a valid model name.", code="invalid_model", param="model")


def _check_messages(messages: object, max_messages: int) -> None:
    if messages is None:
        raise invalid_request("'messages' is required.", code="missing_parameter", param="messages")
    if not isinstance(messages, list):
        raise invalid_request("'messages' must be a list.", code="invalid_type", param="messages")
    if not messages:
        raise invalid_request("'messages' must not be empty.", code="empty_messages", param="messages")
    if len(messages) > max_messages:
        raise invalid_request(
            f"'messages' has {len(messages)} entries; the limit is {max_messages}.",
            code="too_many_messages",
            param="messages",
        )
    for index, message in enumerate(messages):
        _check_message(message, f"messages[{index}]")


def _check_message(message: object, where: str) -> None:
    if not isinstance(message, dict):
        raise invalid_request(f"'{where}' must be an object.", code="invalid_type", param=where)
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise invalid_request(
            f"'{where}.role' must be one of {', '.join(sorted(_ROLES))}.",
            code="invalid_role",
            param=f"{where}.role",
        )
    calls = message.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        raise invalid_request(f"'{where}.tool_calls' must be a list.", code="invalid_type", param=f"{where}.tool_calls")
    if not _content_ok(role, message.get("content"), may_be_absent=bool(calls or message.get("function_call"))):
        raise invalid_request(
            f"'{where}.content' must be a string or a list of typed parts.",
            code="invalid_content",
            param=f"{where}.content",
        )


def _content_ok(role: str, content: object, *, may_be_absent: bool) -> bool:
    if isinstance(content, str):
        return True
    if isinstance(content, list):
        return bool(content) and all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in content)
    return content is None and role == "assistant" and may_be_absent


def _check_options(parameters: Mapping[str, Any]) -> None:
    for name in ("stream",):
        if not isinstance(parameters.get(name, False), bool | None):
            raise _wrong(name, "a boolean")
    for name, kind, text in (
        ("stream_options", dict, "an object"),
        ("tools", list, "a list"),
        ("response_format", dict, "an object"),
        ("tool_choice", (str, dict), "a string or an object"),
        ("stop", (str, list), "a string or a list"),
    ):
        value = parameters.get(name)
        if value is not None and not isinstance(value, kind):
            raise _wrong(name, text)
    for name in _NUMBERS:
        value = parameters.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise _wrong(name, "a number")
    for name, least in _COUNTS.items():
        value = parameters.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            raise _wrong(name, f"a whole number, at least {least}")
    if (parameters.get("n") or 1) > _MAX_CHOICES:
        raise _wrong("n", f"at most {_MAX_CHOICES}")


def _wrong(name: str, wanted: str) -> ProxyError:
    return invalid_request(f"'{name}' must be {wanted}.", code="invalid_type", param=name)
