"""Starts one of them: `python -m tests.targets.claims NAME --port N --upstream URL`."""

from __future__ import annotations

import argparse
from typing import ClassVar, Final

from tests.targets.door import Ask
from tests.targets.parser import ParsingProxy
from tests.targets.resilience import Breaker, Live
from tests.targets.serving import Failure, Settings, Target, serve

_GATEWAYS: Final = (502, 503)


class _NoFallback(ParsingProxy):
    async def fall_back(self, ask: Ask, failure: Failure) -> Live:
        """Tell the failure: there is no other model."""
        raise failure


class RetriesGateways(_NoFallback):
    """Asks again after 502, 503 and a lost connection, and after nothing else."""

    def may_retry(self, failure: Failure) -> bool:
        """Whether asking again may help."""
        return failure.status in _GATEWAYS and super().may_retry(failure)


class FallsBackOnServerErrors(ParsingProxy):
    """Asks the fallback model when the first one fails with 5xx; a 429 is what the client wants to hear of."""

    async def fall_back(self, ask: Ask, failure: Failure) -> Live:
        """Ask the fallback model once `failure` has made an end of the first."""
        if failure.status < 500:
            raise failure
        return await super().fall_back(ask, failure)


class _LongBreaker(Breaker):
    open_s: ClassVar[float] = 60.0


class RestsLong(_NoFallback):
    """Leaves a failing upstream alone for a minute."""

    breaker: ClassVar[type[Breaker]] = _LongBreaker


NAMES: Final[dict[str, type[Target]]] = {
    "retries-gateways": RetriesGateways,
    "falls-back-on-server-errors": FallsBackOnServerErrors,
    "rests-long": RestsLong,
}


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    arguments = parser.parse_args()
    serve(NAMES[arguments.name](Settings(port=arguments.port, upstream=arguments.upstream)))


if __name__ == "__main__":
    main()
