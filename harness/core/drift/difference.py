"""In what the form of a real answer differs from the mock's, and whether a client would break on it.

The one rule: the mock is what a client was written against. It may say less or be more careful; whatever a client
could trust in the mock and not in the real upstream is breaking.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.core.drift.form import Field, Form, is_held

_ORDER: Final = "/stream/order/"
_EVENTS: Final = "/stream/events/"
_FRAMING: Final = "/stream/framing/"
_LIGHT: Final = ("/headers/", _FRAMING)
_HEAVY: Final = ("/headers/content-type", "/headers/retry-after")
_NULL: Final = frozenset({"null"})


class Weight(StrEnum):
    """What a difference means to a client that trusts the mock, the worst first."""

    BREAKING = "breaking"
    """It would break on the real upstream."""
    GONE = "gone"
    """The mock says something that the real upstream did not, and that nothing should rest on."""
    NEW = "new"
    """The real upstream says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference at one path, with both sides as evidence; `aspect` tells several at the same path apart."""

    path: str
    aspect: str
    weight: Weight
    mock: str
    upstream: str

    @property
    def key(self) -> tuple[str, str]:
        """What another pair of forms has to share to differ in the same way."""
        return self.path, self.aspect


def differences(mock: Form, upstream: Form) -> tuple[Difference, ...]:
    """Return in what the real form differs from the mock's, by path; what lies below a difference is not told again."""
    if _status_class(mock) != _status_class(upstream):
        return tuple(_at("/status", mock, upstream))
    found: list[Difference] = []
    for path in sorted({*mock, *upstream}):
        if not any(_is_below(path, each) for each in found if each.aspect in ("absent", "new")):
            found += _at(path, mock, upstream)
    if any(each.path == "/body" for each in found):
        found = [each for each in found if not each.path.startswith(("/json", "/stream"))]
    return tuple(found)


def _at(path: str, mock: Form, upstream: Form) -> Iterator[Difference]:
    if path.startswith(_ORDER):
        yield from _of_order(path, mock, upstream)
    elif path not in upstream:
        if is_held(path, upstream):
            field = mock[path]
            bears_nothing = field.kinds == _NULL or (path.startswith(_LIGHT) and path not in _HEAVY)
            weight = Weight.BREAKING if field.always and not bears_nothing else Weight.GONE
            yield _told(path, "absent", weight, words_of(path, field), "absent")
    elif path not in mock:
        if is_held(path, mock):
            yield _told(path, "new", Weight.NEW, "absent", words_of(path, upstream[path]))
    else:
        yield from _of_fields(path, mock[path], upstream[path])


def _of_fields(path: str, mock: Field, upstream: Field) -> Iterator[Difference]:
    weight = Weight.NEW if mock.kinds == _NULL else Weight.BREAKING
    for kind in sorted(upstream.kinds - mock.kinds):
        yield _told(path, f"is {kind}", weight, words_of(path, mock), words_of(path, upstream))
    if mock.always and not upstream.always:
        yield _told(path, "optional", Weight.BREAKING, "always there", "not always there")
    weight = Weight.NEW if path.startswith(_LIGHT) and path not in _HEAVY else Weight.BREAKING
    for word in sorted(upstream.words - mock.words) if mock.words else ():
        yield _told(path, f"says {word}", weight, words_of(path, mock), word)


def _of_order(path: str, mock: Form, upstream: Form) -> Iterator[Difference]:
    """Compare what comes before what, of kinds of events that both sides send."""
    before, _, after = path.removeprefix(_ORDER).partition(" before ")
    both = all(f"{_EVENTS}{kind}" in form for kind in (before, after) for form in (mock, upstream))
    if both and path in upstream and path not in mock:
        yield _told(path, "order", Weight.BREAKING, f"{after} before {before} only", f"{before} before {after}")


def words_of(path: str, field: Field) -> str:
    """Say what a field is: its words, else its kinds; of what a stream has or has not, that it has it."""
    if path.rpartition("/")[0] + "/" in (_EVENTS, _FRAMING):
        return "sent" if field.always else "sometimes sent"
    return " or ".join(sorted(field.words) or sorted(field.kinds)) + ("" if field.always else ", not always")


def _told(path: str, aspect: str, weight: Weight, mock: str, upstream: str) -> Difference:
    return Difference(path=path, aspect=aspect, weight=weight, mock=mock, upstream=upstream)


def _is_below(path: str, told: Difference) -> bool:
    return path.startswith(f"{told.path}/")


def _status_class(form: Form) -> set[str]:
    return {word[0] for word in form["/status"].words} if "/status" in form else set()
