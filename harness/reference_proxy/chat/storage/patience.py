"""Patience with the database: what may pass is tried again, and each time is told in the log.

The one rule: a failure that may pass is a 503 in the end, and never a 500.
"""

import random
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoneFreeError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from harness.reference_proxy.errors import ProxyError

T = TypeVar("T")

_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 2.0


def unavailable() -> ProxyError:
    """The database cannot be used now."""
    return ProxyError(
        503, "The conversation store is not available now.", kind="server_error", code="storage_unavailable",
        retry_after="1",
    )  # fmt: skip


def may_pass(error: BaseException) -> bool:
    """Whether it may go well when it is tried again.

    Locked, restarting, no connection free, a deadlock, a connection that broke. A constraint is broken for good, and so
    is a statement that is wrong.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or type(error).__name__ in (
            "OperationalError",
            "InterfaceError",
            "DBAPIError",
        )
    return isinstance(error, OSError | TimeoutError | NoneFreeError)


class Patience:
    """Tries what may pass again; `log` is told of every attempt that failed."""

    def __init__(self, log: Any) -> None:  # noqa: ANN401 - structlog's type
        self._log = log
        self._rng = random.Random(secrets.randbits(64))

    async def run(self, once: Callable[[], Awaitable[T]], *, attempts: int, **about: str) -> T:
        """What `once` gives, tried so often at the most; `about` is what the log's lines say it was for.

        Raises ProxyError (503) for a failure that did not pass, and any other as it comes.
        """
        log = self._log.bind(**about)
        tries = AsyncRetrying(
            stop=stop_after_attempt(attempts),
            retry=retry_if_exception(may_pass),
            wait=self._wait_s,
            before_sleep=partial(_tell, log),
            reraise=True,
        )
        try:
            return await tries(once)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.error("persistence_failed", attempts=attempts, error=type(error).__name__, reason=_reason(error))
            if not may_pass(error):
                raise
            raise unavailable() from None

    def _wait_s(self, state: RetryCallState) -> float:
        step_s = min(_FIRST_WAIT_S * 2.0 ** (state.attempt_number - 1), _LONGEST_WAIT_S)
        return self._rng.uniform(step_s / 2, step_s)


def _tell(log: Any, state: RetryCallState) -> None:  # noqa: ANN401 - structlog's type
    error = state.outcome.exception() if state.outcome else None
    log.warning(
        "persistence_retry",
        attempt=state.attempt_number,
        wait_s=round(state.upcoming_sleep, 3),
        error=type(error).__name__,
        reason=_reason(error),
    )


def _reason(error: BaseException | None) -> str:
    # The driver's own words; SQLAlchemy's would show the statement and what was to be written, which is a message.
    original = getattr(error, "orig", None) or error
    return str(original).splitlines()[0][:200] if str(original) else ""
