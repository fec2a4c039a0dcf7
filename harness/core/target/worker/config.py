"""The configuration that workerd is started with: a Worker's code, its `env`, and the mock behind every binding.

The one rule: every way out of the Worker leads to the mock. Addresses and folders are given on the command line,
secrets in the environment, so that the text is the same on every lane and holds nothing that must not be shown.
Source: `src/workerd/server/workerd.capnp` in workerd.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from harness.core.observed.binding import BINDING_HEADER, named
from harness.core.target.worker.wrangler import Binding, Wrangler

ModuleKind: TypeAlias = Literal["esModule", "text", "data", "wasm", "json"]

SOCKET: Final = "http"
"""The name of the socket that clients talk to."""
DISK: Final = "disk"
"""The name of the folder that Durable Objects are kept in."""
OUTBOUND: Final = "outbound"
"""The name of the service that every `fetch()` of the Worker goes to."""
COUNTERS: Final = "counters"
"""The name of the socket that only we talk to, where the Worker tells what of its code it has run."""
COUNTING: Final = "__edgeproof_counters__"
"""The name of the entrypoint behind it."""
CACHE: Final = "cache"
"""The name of the service behind `caches`."""
_FIELDS: Final = {"analytics": "analyticsEngine", "kv": "kvNamespace", "queue": "queue", "r2": "r2Bucket"}
"""By the kind of a binding the field of workerd's configuration that names the service behind it."""
_CALLER: Final = "203.0.113.7"
"""The client's address as the edge tells it; one that belongs to nobody (RFC 5737)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module of a Worker: the name that imports know it by, what it is, and where it lies beside the text."""

    name: str
    kind: ModuleKind
    path: str


def service_of(binding: Binding) -> str:
    """Return the name of the service behind a binding."""
    return f"binding-{binding.name}"


def services(worker: Wrangler) -> tuple[str, ...]:
    """Return the names of all services that are to be found where the mock is."""
    return (OUTBOUND, CACHE, *map(service_of, worker.bindings))


def configuration(
    worker: Wrangler, modules: Iterable[Module], *, from_environment: Iterable[str] = (), counted: bool = False
) -> str:
    """Return the text of the configuration. `from_environment` are names in `env` that are no part of it.

    `counted` says that the modules count what they run; a second socket leads to what they have counted.
    """
    told = tuple(from_environment)
    lines = [
        'using Workerd = import "/workerd/workerd.capnp";',
        "",
        "const config :Workerd.Config = (",
        "  services = [",
        '    (name = "main", worker = .worker),',
        f"    {_external(OUTBOUND, named('fetch'), style='proxy')},",
        f"    {_external(CACHE, named('cache'))},",
        *(f"    {_external(service_of(each), named(each.kind, each.bound_to))}," for each in worker.bindings),
        *([f"    (name = {_text(DISK)}, disk = (writable = true)),"] if worker.durable_objects else []),
        "  ],",
        f'  sockets = [(name = {_text(SOCKET)}, address = "127.0.0.1:0", service = "main", http = (',
        f'    injectRequestHeaders = [(name = "CF-Connecting-IP", value = {_text(_CALLER)})],',
        f"  )){_counters() if counted else ''}],",
        ");",
        "",
        "const worker :Workerd.Worker = (",
        "  modules = [",
        *(f"    (name = {_text(each.name)}, {each.kind} = embed {_text(each.path)})," for each in modules),
        "  ],",
        f"  compatibilityDate = {_text(worker.compatibility_date)},",
        f"  compatibilityFlags = [{', '.join(map(_text, worker.compatibility_flags))}],",
        "  bindings = [",
        *(f"    {each}," for each in _bindings(worker, told)),
        "  ],",
        f"  globalOutbound = {_text(OUTBOUND)},",
        f"  cacheApiOutbound = {_text(CACHE)},",
        *_durable(worker),
        ");",
        "",
    ]
    return "\n".join(lines)


def _counters() -> str:
    service = f'(name = "main", entrypoint = {_text(COUNTING)})'
    return f', (name = {_text(COUNTERS)}, address = "unix:{COUNTERS}", service = {service})'


def _external(name: str, header: str, *, style: str = "host") -> str:
    inject = f"injectRequestHeaders = [(name = {_text(BINDING_HEADER)}, value = {_text(header)})]"
    return f"(name = {_text(name)}, external = (http = (style = {style}, {inject})))"


def _bindings(worker: Wrangler, told: tuple[str, ...]) -> Iterator[str]:
    taken = {each.name for each in worker.bindings} | {each.name for each in worker.durable_objects} | {*told}
    for name, value in worker.vars.items():
        if name not in taken:
            kind, text = ("text", value) if isinstance(value, str) else ("json", json.dumps(value))
            yield f"(name = {_text(name)}, {kind} = {_text(text)})"
    for name in told:
        yield f"(name = {_text(name)}, fromEnvironment = {_text(name)})"
    for each in worker.bindings:
        yield _binding(each)
    for durable in worker.durable_objects:
        yield f"(name = {_text(durable.name)}, durableObjectNamespace = {_text(durable.class_name)})"


def _binding(binding: Binding) -> str:
    service = _text(service_of(binding))
    match binding.kind:
        case "ai" | "d1":
            inner = f'innerBindings = [(name = "fetcher", service = {service})]'
            module = _text(f"cloudflare-internal:{binding.kind}-api")
            return f"(name = {_text(binding.name)}, wrapped = (moduleName = {module}, {inner}))"
        case _:
            return f"(name = {_text(binding.name)}, {_FIELDS[binding.kind]} = {service})"


def _durable(worker: Wrangler) -> Iterator[str]:
    if not worker.durable_objects:
        return
    classes = {each.class_name: each for each in worker.durable_objects}
    yield "  durableObjectNamespaces = ["
    for name, each in classes.items():
        sql = ", enableSql = true" if each.sqlite else ""
        yield f"    (className = {_text(name)}, uniqueKey = {_text(f'{worker.name}-{name}')}{sql}),"
    yield "  ],"
    yield f"  durableObjectStorage = (localDisk = {_text(DISK)}),"


def _text(value: str) -> str:
    """Write a text as Cap'n Proto reads it: UTF-8, with escapes as in C."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char >= " " and char != "\x7f" else f"\\x{ord(char):02x}" for char in escaped) + '"'
