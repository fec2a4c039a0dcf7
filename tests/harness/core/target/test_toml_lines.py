"""Lines of keys."""

from __future__ import annotations

import pytest

from harness.core.target.toml_lines import Key, line_of, lines_of

TEXT = """\
# comment with target.name = 1

[target]
name = "x = y"
env.PORT = "1"
[target.env]
"A B" = "c"
[ capabilities ]
cache = { ttl_s = 2.0, inner = { deep = 1 } }
retry.max_attempts = 3
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("target",), 3),
        (("target", "name"), 4),
        (("target", "env", "PORT"), 5),
        (("target", "env", "A B"), 7),
        (("capabilities", "cache"), 9),
        (("capabilities", "cache", "ttl_s"), 9),
        (("capabilities", "retry", "max_attempts"), 10),
        (("capabilities", "missing"), 8),
        (("capabilities", "ttl_s"), 8),
        (("target", "env", "C"), 6),
        (("target", "ttl_s"), 3),
        (("target", "command", "0"), 3),
        (("chat", "path"), None),
        ((), None),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else None,
)
def test_a_key_is_found_or_else_its_nearest_table(key: Key, line: int | None) -> None:
    assert line_of(TEXT, key) == line


def test_every_key_has_the_first_line_on_which_it_is_written() -> None:
    found = lines_of(TEXT)

    assert found["target"] == 3
    assert (found["target.env"], found["target.env.PORT"], found["target.env.A B"]) == (5, 5, 7)
    assert found["capabilities.cache"] == found["capabilities.cache.ttl_s"] == 9
    assert all(1 <= line <= len(TEXT.splitlines()) for line in found.values())
    assert lines_of("") == {}
