"""The R2 binding: which call of a bucket is made, and who answers it.

The one rule: a call is known by R2's own word for it, and by nothing else that is on the wire.
Source: `src/workerd/api/r2-api.capnp` in workerd.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.bindings.r2 import objects, uploads
from harness.mock_cloudflare.bindings.r2.wire import Asked, Outcome, asked_by, refused
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.request import Answer

_Handler = Callable[[BindingCall, Asked], Outcome]
_TABLE: Final[dict[str, tuple[str, _Handler]]] = {
    "head": ("r2.head", objects.head),
    "get": ("r2.get", objects.get),
    "put": ("r2.put", objects.put),
    "delete": ("r2.delete", objects.delete),
    "list": ("r2.list", objects.listed),
    "createMultipartUpload": ("r2.multipart", uploads.create),
    "uploadPart": ("r2.multipart", uploads.part),
    "completeMultipartUpload": ("r2.multipart", uploads.complete),
    "abortMultipartUpload": ("r2.multipart", uploads.abort),
}
"""By each call the surface that it belongs to, the one that S3's has too, and who answers it."""


def answer(call: BindingCall) -> Answer:
    """Answer one call of the binding."""
    asked = asked_by(call.request)
    surface, handler = _TABLE.get(asked.method, ("unknown", _not_served))
    try:
        reply, effect = handler(call, asked)
    except RefusedError as error:
        return Answer(surface=surface, reply=refused(error.row))
    return Answer(surface=surface, reply=reply, kept=effect)


def _not_served(_call: BindingCall, _asked: Asked) -> Outcome:
    raise RefusedError(R2.NOT_SERVED)
