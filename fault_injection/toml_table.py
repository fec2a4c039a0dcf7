"""A table of a TOML file that knows its place in the file, so that whatever is wrong with it is told with the place.

The one rule: a key that is not understood is refused, never skipped, and a value of another type is never converted:
a misspelt key would silently leave out what its author asked for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

_KINDS: Final = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlTable:
    """What stands in one table. `place` is what messages call it, and `error` is what they are raised as."""

    place: str
    values: Mapping[str, Any]
    error: type[ValueError]

    def get(self, key: str, kind: type, default: object) -> Any:  # noqa: ANN401 - of the kind asked for
        """Return a value, or the default where there is none. A whole number will do for a `float`.

        Raises:
            ValueError: of the table's own kind: the value is of another type.
        """
        if key not in self.values:
            return default
        value = self.values[key]
        fits = type(value) is kind or (kind is float and type(value) is int)
        if not fits:
            raise self.refusal(f"{key}={value!r} wants {_KINDS[kind]}")
        return value

    def inner(self, key: str) -> TomlTable:
        """Return the table under a key, with the key in its place; an empty one where there is none.

        Raises:
            ValueError: of the table's own kind: what is there is no table.
        """
        return TomlTable(place=f"{self.place}: {key}", values=self.get(key, dict, {}), error=self.error)

    def each(self, key: str) -> list[TomlTable]:
        """Return the tables under `[[key]]`; the place of each is the key and its number, counted from 1.

        Raises:
            ValueError: of the table's own kind: there is something else under the key.
        """
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.refusal(f"{key} wants tables, each under [[{key}]]")
        return [TomlTable(place=f"{key} {at}", values=item, error=self.error) for at, item in enumerate(value, start=1)]

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Let no other keys pass.

        Raises:
            ValueError: of the table's own kind, naming the key and the nearest that would do.
        """
        for key in self.values:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                raise self.refusal(f"{key!r} is unknown; {hint}")

    def refusal(self, problem: str) -> ValueError:
        """Return the error that tells a problem together with the place."""
        return self.error(f"{self.place}: {problem}")


def read_table(text: str, *, place: str, error: type[ValueError], not_toml: str, too_deep: str) -> TomlTable:
    """Return the top of a file. `not_toml` and `too_deep` say in the file's own words what is wrong with it as a whole.

    Raises:
        ValueError: of the kind asked for: the text is not TOML, or nests deeper than it can be read.
    """
    try:
        values = tomllib.loads(text)
    except ValueError as problem:  # among them that of a number with thousands of digits
        raise error(f"{not_toml}: {problem}") from None
    except RecursionError:
        raise error(too_deep) from None
    return TomlTable(place=place, values=values, error=error)
