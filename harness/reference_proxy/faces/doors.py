"""The addresses at which other APIs are spoken, and by which faces.

The one rule: a face that needs a library of its own is loaded when it is first asked for; the proxy starts without.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.faces.face import Face
from harness.reference_proxy.faces.messages import Messages
from harness.reference_proxy.faces.responses import Responses


@dataclass(frozen=True, slots=True)
class Door:
    """One address. `faces` makes each face by what `?protocol=` says; "" is the one of a client that says nothing."""

    path: str
    faces: Mapping[str, Callable[[], Face]]


def _ag_ui() -> Face:
    from harness.reference_proxy.faces.ag_ui.face import AgUi

    return AgUi()


def _ai_sdk() -> Face:
    from harness.reference_proxy.faces.ai_sdk.face import AiSdk
    from harness.reference_proxy.faces.ai_sdk.ui_stream import UiStream

    return AiSdk(UiStream)


def _ai_sdk_data() -> Face:
    from harness.reference_proxy.faces.ai_sdk.data_stream import DataStream
    from harness.reference_proxy.faces.ai_sdk.face import AiSdk

    return AiSdk(DataStream)


def unknown_protocol(protocol: str, known: Iterable[str]) -> ProxyError:
    """The refusal of a `?protocol=` that an address does not have."""
    others = ", ".join(repr(name) for name in known if name)
    what = f"There is no protocol {protocol!r} at this address; leave it out"
    what += f", or ask for {others}" if others else ""
    return invalid_request(f"{what}.", code="unknown_protocol", param="protocol")


DOORS: Final = (
    Door("/v1/responses", {"": Responses}),
    Door("/v1/messages", {"": Messages}),
    Door("/ag-ui", {"": _ag_ui}),
    Door("/ai-sdk", {"": _ai_sdk, "data": _ai_sdk_data}),
)
