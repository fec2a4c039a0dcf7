"""The form of JSON values, inferred from samples: which paths there are, of which kinds, and whether always.

The one rule: forms merge. The form of all samples is that of each of them merged, in whatever order.

A path is a JSON Pointer (RFC 6901) in which `*` stands for every item of an array; a key that is called `*` is `~2`.
A schema library would also infer types and required keys, but neither words nor what a wanderer through two of its
schemas needs: one level of paths.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

ITEM: Final = "*"
_KINDS: Final = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
_WORDS: Final = frozenset(
    {"body", "code", "finish_reason", "object", "role", "status", "stop_reason", "success", "type"}
)
"""Keys whose values are words of a vocabulary, on which clients decide."""
_HEADERS: Final = "/headers/"
_LONGEST_WORD: Final = 60


@dataclass(frozen=True, slots=True)
class Field:
    """What stands at one path: its kinds, whether every holder has it, and its words where it is an enumeration."""

    kinds: frozenset[str]
    always: bool = True
    words: frozenset[str] = frozenset()


Form: TypeAlias = Mapping[str, Field]
"""Fields by their paths; the root is the empty path."""


def form_of(samples: Iterable[object]) -> dict[str, Field]:
    """Return the form of JSON values, as `json.loads` gives them."""
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    words: defaultdict[str, set[str]] = defaultdict(set)
    holders: Counter[tuple[str, str]] = Counter()
    held: Counter[str] = Counter()
    waiting = [("", value) for value in samples]
    while waiting:
        path, value = waiting.pop()
        kind = _KINDS.get(type(value), "null")
        kinds[path].add(kind)
        holders[path, kind] += 1
        if _has_words(path) and kind in ("string", "number", "boolean"):
            words[path].add(str(value).lower() if kind == "boolean" else _written(str(value)[:_LONGEST_WORD]))
        inner = _inside(path, value)
        waiting += inner
        held.update({at for at, _ in inner})
    return {
        path: Field(frozenset(found), path == "" or held[path] == holders[holder_of(path)], frozenset(words[path]))
        for path, found in kinds.items()
    }


def merged(one: Form, other: Form) -> dict[str, Field]:
    """Return the form of the samples of both."""
    return {path: _joined(path, one, other) for path in {**one, **other}}


def holder_of(path: str) -> tuple[str, str]:
    """Return the path of what holds a path, and the kind that it has to be of to hold it."""
    holder, _, step = path.rpartition("/")
    return holder, "array" if step == ITEM else "object"


def is_held(path: str, form: Form) -> bool:
    """Whether the samples of a form had something that could have held the path."""
    holder, kind = holder_of(path)
    return holder in form and kind in form[holder].kinds


def step_of(key: str) -> str:
    """Return a key as a step of a path."""
    return _written(key).replace("~", "~0").replace("/", "~1").replace(ITEM, "~2")


def shown(path: str) -> str:
    """Return a path as people write it: `json.choices[].delta`."""
    keys = ["[]" if key == ITEM else _key(key) for key in path.split("/")[1:]]
    return ".".join(keys).replace(".[]", "[]") or "(root)"


def to_json(form: Form) -> dict[str, object]:
    """Return a form as it is kept in a file."""
    return {
        path: {"kinds": sorted(field.kinds), "always": field.always, "words": sorted(field.words)}
        for path, field in sorted(form.items())
    }


def from_json(told: object) -> dict[str, Field]:
    """Return a form that was kept in a file.

    Raises:
        ValueError: it is none.
    """
    form: dict[str, Field] = {}
    for path, field in (told if isinstance(told, dict) else {"": told}).items():
        if not isinstance(field, dict) or not all(_is_texts(field.get(name)) for name in ("kinds", "words")):
            raise ValueError(f"{path or '(root)'} is not a field of a form")
        form[path] = Field(frozenset(field["kinds"]), field.get("always") is True, frozenset(field["words"]))
    return form


def _is_texts(told: object) -> bool:
    return isinstance(told, list) and all(isinstance(each, str) for each in told)


def _joined(path: str, one: Form, other: Form) -> Field:
    if path in one and path in other:
        a, b = one[path], other[path]
        return Field(a.kinds | b.kinds, a.always and b.always, a.words | b.words)
    field, stranger = (one[path], other) if path in one else (other[path], one)
    return Field(field.kinds, field.always and not is_held(path, stranger), field.words)


def _inside(path: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [(f"{path}/{step_of(str(key))}", inner) for key, inner in value.items()]
    return [(f"{path}/{ITEM}", inner) for inner in value] if isinstance(value, list) else []


def _written(text: str) -> str:
    """Return a text as it can be written: half a surrogate pair is no character of UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _has_words(path: str) -> bool:
    return path.rpartition("/")[2] in _WORDS or path.startswith(_HEADERS)


def _key(told: str) -> str:
    return told.replace("~2", ITEM).replace("~1", "/").replace("~0", "~")
