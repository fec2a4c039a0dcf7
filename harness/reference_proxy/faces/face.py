"""What an API needs to stand in front of the service: a reading of its requests, and a wording of what comes back.

The one rule: a face words and decides nothing. What is kept, tried again or refused is the same behind every one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What names one answer. `mark` is its own and in no other's; `created_s` is whole Unix seconds."""

    mark: str
    model: str
    created_s: int


class Stream(Protocol):
    """The wording of one stream. It is given an answer's chunks in their order, and yields events as bytes.

    `headers` is what its head says that is not said of every event stream. `ends_in_error` says whether the event of a
    failure is an end of its own; where it is not, the connection ends abnormally, so that nobody takes it for whole.
    """

    headers: Mapping[str, str]
    ends_in_error: bool

    def begin(self) -> Iterator[bytes]:
        """Yield what comes before the first chunk."""

    def accept(self, chunk: Json) -> Iterator[bytes]:
        """Yield what a chunk becomes."""

    def end(self) -> Iterator[bytes]:
        """Yield what ends an answer that is whole."""

    def fail(self, error: ProxyError) -> Iterator[bytes]:
        """Yield what tells that an answer breaks off."""


class Face(Protocol):
    """One API."""

    def chat_of(self, asked: Mapping[str, Any]) -> Json:
        """Return a request as a chat; raises ProxyError where there is none in it."""

    def stream(self, asked: Mapping[str, Any], head: Head) -> Stream:
        """Return the wording of one stream."""

    def refusal(self, error: ProxyError) -> Json:
        """Word a refusal; its status stays what it is."""


@runtime_checkable
class Whole(Protocol):
    """An API that does not always stream."""

    def whole(self, completion: Mapping[str, Any], asked: Mapping[str, Any], head: Head) -> Json:
        """Word a whole answer."""


def event(kind: str, told: Mapping[str, Any]) -> bytes:
    """Return one event with a name; its data says the name as well, as both makers have it."""
    return b"event: " + kind.encode() + b"\ndata: " + jsontext.dumps({"type": kind, **told}) + b"\n\n"
