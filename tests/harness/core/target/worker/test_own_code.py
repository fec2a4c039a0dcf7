"""Which files of a Worker's project are its own code, by their names."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from harness.core.target.worker.own_code import counts_unloaded, is_code, is_foreign


@pytest.mark.parametrize("name", ["index.ts", "view.tsx", "a.mts", "a.cts", "a.js", "a.mjs", "a.jsx", "a.d.e.ts"])
def test_typescript_and_javascript_are_code(name: str) -> None:
    assert is_code(name)


@pytest.mark.parametrize("name", ["worker-configuration.d.ts", "a.d.mts", "a.json", "a.css", "a.ts.map", "ts", ".ts"])
def test_declarations_and_data_are_none(name: str) -> None:
    assert not is_code(name)


@pytest.mark.parametrize(("folder", "foreign"), [("node_modules", True), (".wrangler", True), ("src", False)])
def test_what_others_or_tools_have_made_is_foreign(folder: str, foreign: bool) -> None:
    assert is_foreign(folder) == foreign


@pytest.mark.parametrize("path", ["src/never.ts", "never.ts", "src/testing.ts", "src/config.ts", "test.ts"])
def test_a_file_that_nobody_loads_is_held_against_the_worker(path: str) -> None:
    assert counts_unloaded(PurePosixPath(path))


@pytest.mark.parametrize(
    "path", ["test/a.ts", "src/__tests__/a.ts", "src/a.test.ts", "a.spec.js", "vitest.config.mts", "dist/worker.js"]
)
def test_tests_configuration_and_what_was_built_are_not(path: str) -> None:
    assert not counts_unloaded(PurePosixPath(path))
