"""Which known mistakes together explain what a run found: the one that explains most first, then what is left.

The one rule: a mistake is named only for findings that no likelier one explains, so that one defect gets one cause;
where none is plain, it gets a few to choose from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from reports.causes.likeness import Scales, compare, is_known, kin
from reports.causes.mistakes import Mistake
from reports.causes.seen import Pair
from reports.causes.signatures import Signature

AT_MOST: Final = 8
"""So many causes are named; who has more to mend begins with these."""
LEAST_SCORE: Final = 0.3
"""A mistake that scores less is not named for what it explains."""
SURE_SCORE: Final = 0.4
ENOUGH: Final = 0.5
"""Where mistakes that score as much explain less than this part of what was found, those come first that look most like
the whole of it, up to three."""
PLAIN: Final = 0.4
NEARLY: Final = 0.7
"""Behind one that is as much alike as `PLAIN`, only those come that are nearly as much alike as it."""
_UNSURE_OF: Final = 3
_LEAST_ALIKE: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One mistake that the target probably makes, what that explains, and how well the run looks like it."""

    mistake: Mistake
    explains: frozenset[Pair]
    score: float


@dataclass(frozen=True, kw_only=True)
class Library:
    """The signatures to compare with, and the mistake that each was made by."""

    signatures: tuple[Signature, ...]
    made_by: Mapping[str, Mistake]
    barred: Mapping[str, frozenset[Pair]] = field(default_factory=dict)
    """What a mistake, by its id, is not behind: its sentence would not be true of it."""

    @cached_property
    def scales(self) -> Scales:
        """What weighs the pairs."""
        return Scales(signatures=self.signatures)

    @cached_property
    def cases(self) -> frozenset[str]:
        """The cases that some signature knows; what a search made up is in none."""
        return frozenset().union(*(each.judged for each in self.signatures))

    def of(self, fits: Callable[[Mistake], bool]) -> Library:
        """Return the library of only those mistakes that fit."""
        signatures = tuple(each for each in self.signatures if fits(self.made_by[each.id]))
        return replace(self, signatures=signatures)

    def without(self, name: str) -> Library:
        """Return the library as it would be if one of the signatures were not known."""
        return replace(self, signatures=tuple(each for each in self.signatures if each.id != name))

    def barring(self, barred: Mapping[str, frozenset[Pair]]) -> Library:
        """Return the library in which each mistake, by its id, is not behind these pairs, nor expected to show them."""
        signatures = tuple(
            replace(each, pairs=each.pairs - bars) if (bars := barred.get(self.made_by[each.id].id)) else each
            for each in self.signatures
        )
        return replace(self, signatures=signatures, barred=barred)

    def of_which(self, mistake: Mistake, pairs: frozenset[Pair]) -> frozenset[Pair]:
        """Return the pairs that a mistake may be behind."""
        bars = self.barred.get(mistake.id)
        return pairs - bars if bars else pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """A signature beside what is left of a run: what it explains of that, and what that gains."""

    mistake: Mistake
    explains: frozenset[Pair]
    gain: float
    score: float


def cover(
    found: frozenset[Pair], judged: frozenset[str], library: Library, *, at_most: int = AT_MOST
) -> tuple[Guess, ...]:
    """Return the mistakes that explain what was found in the cases that were judged, the likeliest first.

    First come mistakes that show in the very same cases. What none of them shows is more of a named one when that has
    broken the same invariant in the same family of cases, or anywhere if no signature knows the case, as one that a
    search made up; and else of a mistake that does. Where that leaves most unexplained, nothing is sure, and those come
    first that look most like the run.
    """
    guesses: dict[str, Guess] = {}
    left = _named(found, found, judged, library, guesses, at_most=at_most)
    made_up = frozenset(each for each in found if not is_known(each, library.cases))
    for guess in tuple(guesses.values()):
        more = _alike(left, guess.explains, kin) | _alike(left & made_up, guess.explains, _invariant)
        more = library.of_which(guess.mistake, more)
        guesses[guess.mistake.id] = replace(guess, explains=guess.explains | more)
        left -= more
    left = _named(found, left, judged, library, guesses, at_most=at_most, what=kin)
    named = tuple(guesses.values())
    sure = [guess for guess in named if guess.score >= SURE_SCORE]
    explained = frozenset[Pair]().union(*(guess.explains for guess in sure))
    if library.scales.weigh(explained) >= ENOUGH * library.scales.weigh(found):
        return named
    alike = _most_alike(found, judged, library)
    return (*alike, *(guess for guess in sure if guess.mistake not in {each.mistake for each in alike}))[:at_most]


def _most_alike(found: frozenset[Pair], judged: frozenset[str], library: Library) -> list[Guess]:
    """Return the mistakes that look most like the run as a whole, each with what it has in common with that."""
    best: dict[str, Guess] = {}
    for signature in library.signatures:
        mistake = library.made_by[signature.id]
        own = library.of_which(mistake, found)
        score = compare(own, judged, signature).score(library.scales)
        is_better = score >= _LEAST_ALIKE and (mistake.id not in best or score > best[mistake.id].score)
        if is_better and not _is_ruled_out(signature, own, judged, library):
            shapes = (own & signature.pairs, *(_alike(own, signature.pairs, what) for what in (kin, _invariant)))
            best[mistake.id] = Guess(mistake=mistake, explains=next(filter(None, shapes)), score=score)
    alike = sorted(best.values(), key=lambda guess: (-guess.score, guess.mistake.id))[:_UNSURE_OF]
    if not alike or alike[0].score < PLAIN:
        return alike
    return [guess for guess in alike if guess.score >= NEARLY * alike[0].score]


def _named(
    found: frozenset[Pair],
    left: frozenset[Pair],
    judged: frozenset[str],
    library: Library,
    guesses: dict[str, Guess],
    *,
    at_most: int,
    what: Callable[[Pair], Pair] | None = None,
) -> frozenset[Pair]:
    """Add guesses while there are any for what is left, and return what is left then."""
    while left:
        matches = [
            match
            for each in library.signatures
            if (match := _match(each, found, left, judged, library, what=what)) is not None
            and (match.mistake.id in guesses or (match.score >= LEAST_SCORE and len(guesses) < at_most))
        ]
        if not matches:
            break
        best = max(matches, key=lambda each: (each.gain, each.score, each.mistake.id))
        known = guesses.get(best.mistake.id, Guess(mistake=best.mistake, explains=frozenset(), score=best.score))
        guesses[best.mistake.id] = replace(known, explains=known.explains | best.explains)
        left -= best.explains
    return left


def _match(
    signature: Signature,
    found: frozenset[Pair],
    left: frozenset[Pair],
    judged: frozenset[str],
    library: Library,
    *,
    what: Callable[[Pair], Pair] | None,
) -> _Match | None:
    """Return what a signature explains of what is left, None when that is nothing."""
    mistake = library.made_by[signature.id]
    found, left = library.of_which(mistake, found), library.of_which(mistake, left)
    explains = _alike(left, signature.pairs, what) if what else left & signature.pairs
    if not explains or _is_ruled_out(signature, found, judged, library):
        return None
    scales = library.scales
    whole, rest = compare(found, judged, signature), compare(left, judged, signature)
    seen, new = scales.weigh(whole.both), scales.weigh(rest.both)
    if not seen:  # what it explains is of cases that it does not know
        return None
    share = seen / (seen + scales.weigh(whole.only_signature))
    return _Match(
        mistake=mistake,
        explains=explains,
        gain=new * share,
        score=share * new / seen,
    )


def _is_ruled_out(signature: Signature, found: frozenset[Pair], judged: frozenset[str], library: Library) -> bool:
    """Whether several of the cases that show a mistake best, and did show this making of it, were judged and held."""
    best = {each for each in signature.pairs if each.case in library.made_by[signature.id].best}
    return len({each.case for each in best} & judged) > 1 and best.isdisjoint(found)


def _alike(pairs: frozenset[Pair], others: frozenset[Pair], what: Callable[[Pair], Pair]) -> frozenset[Pair]:
    """Return the pairs that have something in common with some of the others."""
    common = {what(each) for each in others}
    return frozenset(each for each in pairs if what(each) in common)


def _invariant(pair: Pair) -> Pair:
    return Pair("", pair.invariant)
