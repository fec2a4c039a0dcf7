"""Everything that can go wrong with one chat request, as the client will be told it.

The one rule: a message here is read by clients, so it never carries a token, an upstream URL or a stack trace.

    ProxyError                the request ends with this status and this JSON body
      UpstreamError         ... because of the upstream; also says whether to retry, and whom it discredits
"""

from typing import Any


class ProxyError(Exception):
    """A typed answer of failure in the shape of OpenAI's errors.

    `retry_after` is the header's text as it will be sent (seconds or an HTTP date), or None.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str,
        code: str,
        param: str | None = None,
        retry_after: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """The JSON document for the client: `{"error": {"message", "type", "code", "param"}}`."""
        return {"error": {"message": self.message, "type": self.kind, "code": self.code, "param": self.param}}


class UpstreamError(ProxyError):
    """The upstream refused, broke, stalled or talked nonsense.

    `retryable`: another attempt at the same model may help. `discredits`: counts against the model's breaker
    (5xx, timeouts, connection errors, broken streams; never 4xx or 429). `replaceable`: another model of the same
    account may do better. `wait_s`: how long the upstream asked to be left alone, None when it did not say.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "upstream_error",
        code: str,
        retry_after: str | None = None,
        retryable: bool = True,
        discredits: bool = True,
        replaceable: bool | None = None,
        wait_s: float | None = None,
    ) -> None:
        super().__init__(status, message, kind=kind, code=code, retry_after=retry_after)
        self.retryable = retryable
        self.discredits = discredits
        self.replaceable = retryable if replaceable is None else replaceable
        self.wait_s = wait_s


def invalid_request(message: str, *, code: str, param: str | None = None, status: int = 400) -> ProxyError:
    """The client's own mistake, with the parameter that shows it."""
    return ProxyError(status, message, kind="invalid_request_error", code=code, param=param)


def upstream_timeout(message: str) -> UpstreamError:
    """The upstream was silent for too long."""
    return UpstreamError(504, message, kind="upstream_timeout", code="upstream_timeout")


def upstream_broken(message: str, *, code: str = "upstream_broken") -> UpstreamError:
    """The upstream's answer cannot be trusted to be whole."""
    return UpstreamError(502, message, code=code)
