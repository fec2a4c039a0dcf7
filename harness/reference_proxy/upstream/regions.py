"""The upstream's addresses in the order in which they are preferred, and which of them failed lately.

The one rule: an address that failed rests, and is preferred again afterwards. There is always one to ask: where all
rest, it is the one whose rest ends first.
"""

from collections.abc import Callable, Sequence


class Regions:
    """Chooses an address for each attempt; `clock` is monotonic, in seconds."""

    def __init__(self, urls: Sequence[str], *, rest_s: float, clock: Callable[[], float]) -> None:
        self._urls = tuple(urls)
        self._rest_s = rest_s
        self._clock = clock
        self._rests_until_s = dict.fromkeys(self._urls, 0.0)

    def pick(self) -> str:
        """Return the first address that does not rest."""
        now_s = self._clock()
        for url in self._urls:
            if self._rests_until_s[url] <= now_s:
                return url
        return min(self._urls, key=self._rests_until_s.__getitem__)

    def failed(self, url: str) -> None:
        """Let an address rest: it was not reached, did not answer in time, or answered that it cannot."""
        self._rests_until_s[url] = self._clock() + self._rest_s
