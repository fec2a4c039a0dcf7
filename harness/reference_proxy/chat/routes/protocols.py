"""The forms in which an answer can be asked for: how it is worded, and how it goes to a client.

The one rule: an answer is worded once, as it was asked for, whoever reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from harness.reference_proxy.chat.live import Words
from harness.reference_proxy.chat.routes.data_events import DataEventStream, DataMessage
from harness.reference_proxy.chat.routes.events import EventStream
from harness.reference_proxy.chat.routes.words import UiMessage
from harness.reference_proxy.faces.doors import unknown_protocol


@dataclass(frozen=True, slots=True)
class Form:
    """One form."""

    words: Callable[[], Words]
    stream: type[EventStream]


FORMS: Final[Mapping[str, Form]] = {
    "": Form(UiMessage, EventStream),
    "data": Form(DataMessage, DataEventStream),
}
"""The forms by what `?protocol=` says."""


def protocol_of(request: web.Request) -> str:
    """Which form the client wants; raises ProxyError (400), before anything is kept."""
    protocol = request.query.get("protocol", "")
    if protocol not in FORMS:
        raise unknown_protocol(protocol, FORMS)
    return protocol
