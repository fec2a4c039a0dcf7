"""A known mistake as data: what a proxy does wrong, how that is mended, and which proxies made it on purpose.

The one rule: a mistake is one thing to mend. Proxies that are mended in different ways made different mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One class of causes. `best` are the cases that show it best, the clearest first.

    `made_by` names the mutants and broken proxies that make it, by the ids of their signatures. `presupposes` are
    capabilities, as a target file names them: who has none of them cannot make it. Where it is empty, anybody can.
    `client_gets` is the status with which a client gets what the sentence speaks of, where it speaks of one status.
    """

    id: str
    sentence: str
    mends: str
    best: tuple[str, ...]
    made_by: tuple[str, ...]
    presupposes: tuple[str, ...] = ()
    client_gets: int | None = None
