"""The control paths of the mock and of the gateway, as the servers themselves route them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from harness.shell.gateway.steering import Steering
from harness.shell.upstream.control import PREFIX, Control
from harness.shell.upstream.store_control import StoreControl
from reference_pages.markdown import MADE, anchor, escaped, table

_HEAD: Final = """# Control API

{made}

A mock and a gateway can be asked and steered while they run, by HTTP, from any language. No request here is ever
faulted or written into the journal. An error is JSON: `{{"error": {{"message": ...}}}}`.

```sh
edgeproof mock --port 8787 &
curl http://127.0.0.1:8787{prefix}health
curl -X PUT --data-binary @plan.toml http://127.0.0.1:8787{prefix}plan
curl 'http://127.0.0.1:8787{prefix}journal?surface=ai'
```

The mock listens on the loopback interface and asks for no password. A gateway that listens elsewhere wants its token in
`X-Edgeproof-Token`. Besides, any request to the mock may name a fault for its own answer in the header
`X-Edgeproof-Fault`, as `sse.truncate(after=3)`.

No page in a browser can steer either of them. Whoever asks has to use a name of this machine (`127.0.0.1`, `[::1]`,
`localhost`) or one that was given with `--name`, as in `edgeproof mock --name host.docker.internal`; else the answer
is 421. A request whose `Origin` is a page of elsewhere gets 403.

With `edgeproof mock --workers N`, every path answers for all workers, whichever of them a connection leads to. A plan
is in force in all of them before its PUT is answered, and rules count the requests of all. The journal numbers an
exchange when it is first asked for it, in the order of arrival. One process decides about requests that a rule may
strike, that name a fault, or that use a store: more workers do not answer those any faster. A request that comes again
counts as the second of its kind only where that process has decided about the first.
"""
_SERVERS: Final[dict[str, tuple[str, Callable[[Any], Control], str]]] = {
    "mock": ("The mock", StoreControl, "`edgeproof mock`, and the mock of a test."),
    "gateway": (
        "The gateway",
        Steering,
        "`edgeproof gateway`, on the port of `--control-port`. Who puts a plan in force has to send heartbeats.",
    ),
}


def places() -> Iterator[tuple[str, str, str, str]]:
    """Yield every path that is routed: its place, method, path, and what its handler says of itself."""
    for server, (_, kind, _) in _SERVERS.items():
        for name, methods in kind(None).routes.items():
            for method, handler in methods.items():
                said = " ".join((handler.__doc__ or "").split())
                yield f"{server}.{method}.{name}", method, f"{PREFIX}{name}", said


def page() -> str:
    """Return the page as Markdown."""
    lines = [_HEAD.format(made=MADE, prefix=PREFIX)]
    for server, (title, _, about) in _SERVERS.items():
        rows = [
            (f"{anchor(place)}`{method} {path}`", escaped(said))
            for place, method, path, said in places()
            if place.startswith(f"{server}.")
        ]
        lines += [f"## {title}", "", about, *table(("request", "does"), rows)]
    return "\n".join(lines).rstrip() + "\n"
