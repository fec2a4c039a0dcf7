"""The paths under `/__edgeproof__/`: for people with curl, and for test suites in any language.

The one rule: nothing here is ever faulted or written into the journal.

    GET health      GET|PUT|DELETE plan      GET|DELETE journal ?nonce= &surface= &since=      GET metrics
    POST reset      GET kv                   PUT|DELETE kv/KEY ?namespace= &ttl_s=
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol
from urllib.parse import parse_qs, unquote

from fault_injection.plan import Plan, PlanError
from fault_injection.plan_file import read_plan, show_plan
from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare.kv_store import KvEntry
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.answering import Service, error_reply
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.journal_json import journal_json
from harness.shell.upstream.wire_metrics import WireMetrics

PREFIX = "/__edgeproof__/"
_TEXT = "text/plain; charset=utf-8"
_METRICS = "text/plain; version=1.0.0; charset=utf-8; escaping=values"


class Controlled(Protocol):
    """What can be asked of and told to a server."""

    seed: int
    mock: Service
    journal: Journal
    metrics: WireMetrics

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        ...

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong inside the harness."""
        ...

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        ...

    @property
    def running_exchanges(self) -> int:
        """How many exchanges are not over yet."""
        ...

    def set_plan(self, plan: Plan | None) -> None:
        """Put a plan in force."""
        ...

    def reset(self) -> None:
        """Start over."""
        ...

    def now_s(self) -> float:
        """Return Unix time."""
        ...


def is_control(request: Request) -> bool:
    """Whether the request is for the control paths."""
    return request.path.startswith(PREFIX)


class Control:
    """Answers the control paths of one server."""

    def __init__(self, server: Controlled) -> None:
        self._server = server
        self._routes: dict[str, dict[str, Callable[[Request], Reply]]] = {
            "health": {"GET": self._health},
            "plan": {"GET": self._show_plan, "PUT": self._set_plan, "DELETE": self._drop_plan},
            "journal": {"GET": self._journal, "DELETE": self._clear_journal},
            "metrics": {"GET": self._metrics},
            "reset": {"POST": self._reset},
            "kv": {"GET": self._show_kv, "PUT": self._put_kv, "DELETE": self._delete_kv},
        }

    def answer(self, request: Request) -> Reply:
        """Return the reply to a request for a control path."""
        name, _, _ = request.path.removeprefix(PREFIX).partition("/")
        methods = self._routes.get(name)
        if methods is None:
            return error_reply(404, f"there is no {PREFIX}{name}; there are {', '.join(sorted(self._routes))}")
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            allowed = ", ".join(methods)
            refusal = error_reply(405, f"{PREFIX}{name} takes {allowed}, not {request.method}")
            return refusal.with_header("allow", allowed)
        return handler(request)

    def _health(self, _: Request) -> Reply:
        server = self._server
        return _json(
            {
                "status": "ok",
                "seed": server.seed,
                "exchanges": server.journal.last_number,
                "running": server.running_exchanges,
                "connections": server.open_connections,
                "problems": list(server.problems),
            }
        )

    def _show_plan(self, _: Request) -> Reply:
        return _text(show_plan(self._server.plan).encode())

    def _set_plan(self, request: Request) -> Reply:
        try:
            plan = read_plan(request.body.decode())
        except UnicodeDecodeError:
            return error_reply(400, "the plan is not UTF-8")
        except PlanError as error:
            return error_reply(400, " ".join(str(error).split()))
        self._server.set_plan(plan)
        return _json({"rules": len(plan.rules), "seed": self._server.plan.seed})

    def _drop_plan(self, _: Request) -> Reply:
        self._server.set_plan(None)
        return _json({"rules": 0})

    def _journal(self, request: Request) -> Reply:
        query = _query(request)
        since = query.get("since")
        if since is not None and not since.isdecimal():
            return error_reply(400, f"since={since!r} is no number of an exchange; use one that the journal shows")
        records = self._server.journal.records(
            query.get("nonce"), query.get("surface"), None if since is None else int(since)
        )
        return _json(journal_json(records))

    def _clear_journal(self, _: Request) -> Reply:
        self._server.journal.clear()
        return _json({"exchanges": 0})

    def _metrics(self, _: Request) -> Reply:
        return _text(self._server.metrics.text(), _METRICS)

    def _reset(self, _: Request) -> Reply:
        self._server.reset()
        return _json({"status": "ok"})

    def _show_kv(self, _: Request) -> Reply:
        store = self._server.mock.kv
        return _json(
            {
                namespace: {
                    "title": store.titles.get(namespace, ""),
                    "entries": {
                        key: {
                            "value": entry.value.decode(errors="replace"),
                            "bytes": len(entry.value),
                            "metadata": entry.metadata,
                            "expires_s": entry.expires_s,
                        }
                        for key, entry in entries.items()
                    },
                }
                for namespace, entries in store.namespaces.items()
            }
        )

    def _put_kv(self, request: Request) -> Reply:
        query = _query(request)
        now_s = self._server.now_s()
        try:
            expires_s = now_s + float(query["ttl_s"]) if "ttl_s" in query else None
        except ValueError:
            return error_reply(400, f"ttl_s={query['ttl_s']!r} is no number of seconds")
        target = self._entry(request, query)
        if isinstance(target, Reply):
            return target
        self._server.mock.kv.put(*target, KvEntry(value=request.body, expires_s=expires_s), at_s=now_s)
        return _json({"namespace": target[0], "key": target[1], "bytes": len(request.body)})

    def _delete_kv(self, request: Request) -> Reply:
        target = self._entry(request, _query(request))
        if isinstance(target, Reply):
            return target
        self._server.mock.kv.delete(*target)
        return _json({"namespace": target[0], "key": target[1]})

    def _entry(self, request: Request, query: dict[str, str]) -> tuple[str, str] | Reply:
        """Return the namespace and the key that a request names; the first namespace where it names none."""
        key = unquote(request.path.removeprefix(f"{PREFIX}kv").removeprefix("/"))
        if not key:
            return error_reply(400, f"name a key: {PREFIX}kv/KEY")
        namespaces = self._server.mock.kv.namespaces
        namespace = query.get("namespace") or next(iter(namespaces), "")
        if namespace not in namespaces:
            return error_reply(404, f"there is no namespace {namespace!r}; there are {', '.join(namespaces) or 'none'}")
        return namespace, key


def _query(request: Request) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(request.query, keep_blank_values=True).items()}


def _json(value: object) -> Reply:
    return json_reply(json.dumps(value).encode())


def _text(body: bytes, content_type: str = _TEXT) -> Reply:
    return Reply(headers=(("content-type", content_type),), body=body)
