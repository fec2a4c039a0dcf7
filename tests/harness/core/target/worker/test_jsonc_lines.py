"""Where a key stands in JSON with comments."""

from __future__ import annotations

import pytest

from harness.core.target.worker.jsonc_lines import line_of

TEXT = """{
  // "name": "not this one", {
  "name": "mine", /* nor
  "main": this */
  "main": "src/index.ts",
  vars: { "A": "a: b, {c}", 'B': 2 },
  "kv_namespaces": [
    { "binding": "ONE",
      "id": "1" },
    { "binding": "TWO" },
  ],
  "env": { "staging": {
    "name": "theirs" } }
}
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("name",), 3),
        (("main",), 5),
        (("vars",), 6),
        (("vars", "B"), 6),
        (("kv_namespaces",), 7),
        (("kv_namespaces", "0", "id"), 9),
        (("kv_namespaces", "1"), 10),
        (("kv_namespaces", "1", "binding"), 10),
        (("env", "staging", "name"), 13),
    ],
)
def test_a_key_is_found_where_it_is_written(key: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, key) == line


def test_what_is_missing_is_looked_for_as_far_as_it_goes() -> None:
    assert line_of(TEXT, ("kv_namespaces", "1", "id")) == 10
    assert line_of(TEXT, ("nothing",)) is None


@pytest.mark.parametrize("text", ["", "[", "{", '"', "]]}}", "{'a': [}", "/*", '{"a": "\\'])
def test_no_text_is_too_broken_to_look_into(text: str) -> None:
    line_of(text, ("a",))
