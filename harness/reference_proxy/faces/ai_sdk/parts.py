"""The parts of a message in the AI SDK, as a chat has them: text, images, and calls of tools with their results.

The one rule: a step of an answer becomes one message with its calls, and then one for each result, as models want it.
Each part comes with the name of its place, for a refusal to tell.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.faces.face import Json

Placed: TypeAlias = tuple[object, str]

_UNFINISHED: Final = ("input-streaming", "partial-call")
_FOR_A_PAGE: Final = ("reasoning", "source", "source-url", "source-document", "step-start")


def attachments(message: Mapping[str, Any], where: str) -> Iterator[Placed]:
    """Yield what `ai` 4 has beside a message as parts of it."""
    for index, told in enumerate(list_of(message, "experimental_attachments", where)):
        place = f"{where}.experimental_attachments[{index}]"
        file = told if isinstance(told, Mapping) else {}
        yield {"type": "file", "mediaType": file.get("contentType"), "url": file.get("url")}, place


def list_of(message: Mapping[str, Any], name: str, where: str) -> list[Any]:
    """Return a list that a message may have; raises ProxyError where it has something else."""
    told = message.get(name)
    if not isinstance(told, list | None):
        raise invalid_request(f"'{where}.{name}' must be a list.", code="invalid_type", param=f"{where}.{name}")
    return told or []


def content_of(parts: Iterable[Placed]) -> object:
    """Return what a user's or the system's message says: text where there is nothing else, else parts."""
    told = [made for part, where in parts if (made := _part(part, where)) is not None]
    if all(part["type"] == "text" for part in told):
        return "\n".join(part["text"] for part in told)
    return told


def turns_of(parts: Iterable[Placed]) -> Iterator[Json]:
    """Yield the messages that an answer becomes, step by step."""
    step = _Step()
    for part, where in parts:
        match part:
            case {"type": "step-start"}:
                yield from step.messages()
                step = _Step()
            case {"type": "tool-invocation", "toolInvocation": Mapping() as call}:
                step.call(call, call.get("toolName"), call.get("args"))
            case {"type": str(kind), **call} if kind.startswith("tool-"):
                step.call(call, kind.removeprefix("tool-"), call.get("input"))
            case {"type": "dynamic-tool", **call}:
                step.call(call, call.get("toolName"), call.get("input"))
            case _:
                if (made := _part(part, where)) is not None:
                    step.say(made, where)
    yield from step.messages()


class _Step:
    """One step of an answer."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._calls: list[Json] = []
        self._results: list[Json] = []

    def say(self, part: Json, where: str) -> None:
        """Add a part; a model's answer in the past can only have been text."""
        if part["type"] != "text":
            raise invalid_request(f"'{where}' can only be text.", code="unsupported_part", param=where)
        self._texts.append(part["text"])

    def call(self, told: Mapping[Any, Any], name: object, arguments: object) -> None:
        """Add a call, and its result where there is one; one whose arguments never became whole is left out."""
        state = told.get("state")
        if state in _UNFINISHED:
            return
        call_id = told.get("toolCallId")
        text = jsontext.dumps({} if arguments is None else arguments).decode()
        self._calls.append({"id": call_id, "type": "function", "function": {"name": name, "arguments": text}})
        result = _result(told)
        if result is not None:
            self._results.append({"role": "tool", "tool_call_id": call_id, "content": result})

    def messages(self) -> Iterator[Json]:
        """Yield the step's messages; none of an empty step."""
        calls = {"tool_calls": self._calls} if self._calls else {}
        if self._texts or self._calls:
            yield {"role": "assistant", "content": "".join(self._texts) or None, **calls}
        yield from self._results


def _result(told: Mapping[Any, Any]) -> str | None:
    match told.get("state"):
        case "output-available":
            return _text(told.get("output"))
        case "result":
            return _text(told.get("result"))
        case "output-error":
            return str(told.get("errorText") or "The tool failed.")
        case "output-denied":
            return "The user did not allow the call."
        case _:
            return None


def _text(told: object) -> str:
    return told if isinstance(told, str) else jsontext.dumps(told).decode()


def _part(part: object, where: str) -> Json | None:
    match part:
        case {"type": "text", "text": str(text)}:
            return {"type": "text", "text": text}
        case {"type": "file", **more}:
            return _file(more, where)
        case {"type": str(kind)} if kind in _FOR_A_PAGE or kind.startswith("data-"):
            return None
        case {"type": "text"}:
            raise invalid_request(f"'{where}.text' must be a string.", code="invalid_type", param=f"{where}.text")
        case {"type": str(kind)}:
            raise invalid_request(
                f"'{where}.type' is {kind!r}, which this proxy does not pass on.", code="unsupported_part", param=where
            )
        case _:
            raise invalid_request(f"'{where}' must be a part with a type.", code="invalid_type", param=where)


def _file(told: Mapping[Any, Any], where: str) -> Json:
    kind = told.get("mediaType", told.get("mimeType"))
    url = told.get("url")
    if url is None and told.get("data") is not None:
        url = f"data:{kind};base64,{told['data']}"
    if not isinstance(kind, str) or not kind.startswith("image/") or not isinstance(url, str):
        raise _not_an_image(where)
    return {"type": "image_url", "image_url": {"url": url}}


def _not_an_image(where: str) -> ProxyError:
    what = f"'{where}': only images, with their type and URL, can be passed on as files."
    return invalid_request(what, code="unsupported_part", param=where)
