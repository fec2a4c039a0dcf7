"""What a program gets to catch: its own mistake, or a failure on the way to an answer."""

from harness.reference_proxy.errors import ProxyError, UpstreamError


class ValidationError(ValueError):
    """The request cannot be sent as it is. `param` names the part at fault, None where it is the whole."""

    def __init__(self, error: ProxyError) -> None:
        super().__init__(error.message)
        self.code = error.code
        self.param = error.param


class APIError(Exception):
    """There is no answer, or no whole one.

    `status` is what an HTTP client would have been told, `retry_after` how long to wait as upstream wrote it, `partial`
    the text that had come before the answer broke off.
    """

    def __init__(self, error: ProxyError, *, partial: str = "") -> None:
        super().__init__(error.message)
        self.status = error.status
        self.code = error.code
        self.retry_after = error.retry_after
        self.partial = partial


def public(error: ProxyError, *, partial: str = "") -> ValidationError | APIError:
    """Return what a program is to catch for a failure inside: its own mistakes are those that upstream never saw."""
    own = error.kind == "invalid_request_error" and not isinstance(error, UpstreamError)
    return ValidationError(error) if own else APIError(error, partial=partial)
