"""The text that workerd is started with. That workerd understands it is tested with workerd itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.target.worker.config import Module, configuration, services
from harness.core.target.worker.wrangler import Binding, BindingKind, DurableObject, Wrangler

WORKER = Wrangler(
    name="mine",
    main="src/index.ts",
    compatibility_date="2026-11-01",
    compatibility_flags=("nodejs_compat",),
    vars={"MODEL": "m", "LIMITS": {"a": [1]}},
    bindings=(Binding(name="AI", kind="ai"), Binding(name="CACHE", kind="kv", bound_to="0f2a")),
    durable_objects=(
        DurableObject(name="ROOM", class_name="Room", sqlite=True),
        DurableObject(name="SAME", class_name="Room", sqlite=True),
    ),
)
MODULES = (
    Module(name="worker.js", kind="esModule", path="modules/worker.js"),
    Module(name="a.wasm", kind="wasm", path="modules/a.wasm"),
)
TEXT = configuration(WORKER, MODULES, from_environment=["KEY", "MODEL"])


def test_the_entry_is_the_first_module() -> None:
    entry = '(name = "worker.js", esModule = embed "modules/worker.js")'

    assert TEXT.index(entry) < TEXT.index('(name = "a.wasm", wasm = embed "modules/a.wasm")')


def test_every_way_out_leads_to_a_service_whose_address_is_given_later() -> None:
    assert services(WORKER) == ("outbound", "cache", "binding-AI", "binding-CACHE")
    for name in services(WORKER):
        assert f'(name = "{name}", external = (http = ' in TEXT
    assert 'globalOutbound = "outbound"' in TEXT
    assert 'cacheApiOutbound = "cache"' in TEXT
    assert "network" not in TEXT


def test_each_binding_is_told_to_the_mock_by_a_header() -> None:
    assert '(name = "x-edgeproof-binding", value = "kv 0f2a")' in TEXT
    assert '(name = "x-edgeproof-binding", value = "ai")' in TEXT


def test_what_comes_from_the_environment_wins_and_is_written_nowhere() -> None:
    assert '(name = "MODEL", fromEnvironment = "MODEL")' in TEXT
    assert '(name = "KEY", fromEnvironment = "KEY")' in TEXT
    assert 'text = "m"' not in TEXT


def test_variables_are_text_or_json() -> None:
    assert '(name = "LIMITS", json = "{\\"a\\": [1]}")' in TEXT


def test_a_class_of_durable_objects_stands_there_once() -> None:
    assert TEXT.count('className = "Room"') == 1
    assert TEXT.count('durableObjectNamespace = "Room"') == 2
    assert "enableSql = true" in TEXT
    assert "disk" not in configuration(Wrangler(name="a", main="a", compatibility_date="2026-11-01"), MODULES)


def test_any_text_can_stand_in_a_variable() -> None:
    worker = Wrangler(
        name="a", main="a", compatibility_date="2026-11-01", vars={"V": 'a "quoted" \\ back\nline\x00 Grüße'}
    )

    assert '(name = "V", text = "a \\"quoted\\" \\\\ back\\x0aline\\x00 Grüße")' in configuration(worker, MODULES)


@pytest.mark.parametrize("kind", ["ai", "d1"])
def test_what_workerd_has_as_a_module_of_its_own_is_wrapped(kind: BindingKind) -> None:
    text = configuration(replace(WORKER, bindings=(Binding(name="IT", kind=kind),)), MODULES)

    assert f'(name = "IT", wrapped = (moduleName = "cloudflare-internal:{kind}-api"' in text
    assert 'innerBindings = [(name = "fetcher", service = "binding-IT")]' in text


def test_only_a_worker_that_counts_has_a_second_socket_and_it_leads_to_the_counts() -> None:
    counting = configuration(WORKER, MODULES, from_environment=["KEY", "MODEL"], counted=True)

    socket = (
        ', (name = "counters", address = "unix:counters", '
        'service = (name = "main", entrypoint = "__edgeproof_counters__"))'
    )
    assert counting.count(socket) == 1
    assert counting.replace(socket, "") == TEXT
