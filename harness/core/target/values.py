"""The kinds of values a target file holds, each with what it must look like.

The one rule: a value is checked here, before anything is started, and a refusal says what it should look like.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from harness.core.observed.hidden.credentials import has_userinfo
from harness.core.target.placeholders import MEANINGS, fill
from harness.errors import UsageError


def _template(*names: str) -> AfterValidator:
    """A text whose braces are in order and whose placeholders are among these."""
    known = dict.fromkeys(names, "")

    def check(text: str) -> str:
        try:
            fill(text, known)
        except UsageError as error:
            raise ValueError(f"{error.what.replace(repr(text), 'it')}; {error.next_step}") from None
        return text

    return AfterValidator(check)


def _rooted(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError('it should begin with "/"')
    return path


def _web_address(url: str) -> str:
    if has_userinfo(url):
        raise ValueError("it holds a user name or a password, which a report would show; put them into chat.headers")
    try:
        parts = urlsplit(url.replace("{port}", "1"))
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError('it should look like "http://127.0.0.1:{port}"')
    if parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise ValueError("it should end with the port; the path of a chat request is chat.path")
    return url.removesuffix("/")


def _one_line(text: str) -> str:
    if any(sign in text for sign in "\r\n\0"):
        raise ValueError("it should be one line")
    return text


_ELSEWHERE: Final = {"client_token", "conversation"}
_AT_START: Final = tuple(name for name in MEANINGS if name not in _ELSEWHERE)
_IN_HEADERS: Final = (*_AT_START, "client_token")

Dialect: TypeAlias = Literal[
    "openai", "workers-ai", "openai-responses", "anthropic-messages", "copilotkit", "ag-ui", "ai-sdk"
]
Word: TypeAlias = Annotated[str, Field(min_length=1)]
Flag: TypeAlias = Annotated[bool, Field(strict=True)]
Count: TypeAlias = Annotated[int, Field(ge=1, strict=True)]
FailedStatus: TypeAlias = Annotated[int, Field(ge=400, le=599, strict=True)]
"""A status that says a request failed (RFC 9110 §15.5, §15.6)."""
Seconds: TypeAlias = Annotated[float, Field(gt=0, strict=True)]
Url: TypeAlias = Annotated[str, _template("port"), AfterValidator(_web_address)]
Path: TypeAlias = Annotated[str, _template(*_AT_START), AfterValidator(_rooted)]
TalkPath: TypeAlias = Annotated[str, _template("conversation"), AfterValidator(_rooted)]
Command: TypeAlias = Annotated[tuple[Annotated[str, _template(*_AT_START)], ...], Field(min_length=1)]
HeaderName: TypeAlias = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
"""RFC 9110 §5.6.2: a token."""
HeaderValue: TypeAlias = Annotated[str, _template(*_IN_HEADERS), AfterValidator(_one_line)]
EnvName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
EnvValue: TypeAlias = Annotated[str, _template(*_AT_START), AfterValidator(_one_line)]
