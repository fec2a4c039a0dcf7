"""The paths under `/__edgeproof__/`: for people with curl, and for test suites in any language.

The one rule: nothing here is ever faulted or written into the journal.

    GET health      GET|PUT|DELETE plan      GET|DELETE journal ?nonce= &surface= &since=      GET metrics
    POST reset

A mock has those of `store_control` besides, a gateway those of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol, TypeAlias
from urllib.parse import parse_qs

from fault_injection.plan import Plan, PlanError
from fault_injection.plan_file import read_plan, show_plan
from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.answering import error_reply
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.journal_json import journal_json
from harness.shell.upstream.wire_metrics import WireMetrics

PREFIX = "/__edgeproof__/"
_MOST_DIGITS = 18
_TEXT = "text/plain; charset=utf-8"
_METRICS = "text/plain; version=1.0.0; charset=utf-8; escaping=values"


class Controlled(Protocol):
    """What can be asked of and told to a server."""

    seed: int
    metrics: WireMetrics

    @property
    def journal(self) -> Journal:
        """What was seen."""
        ...

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


Routes: TypeAlias = dict[str, dict[str, Callable[[Request], Reply]]]
"""What is answered, by name and method."""


def is_control(request: Request) -> bool:
    """Whether the request is for the control paths."""
    return request.path.startswith(PREFIX)


class Control:
    """Answers the control paths of one server."""

    def __init__(self, server: Controlled) -> None:
        self._server = server
        routes: Routes = {
            "health": {"GET": self._health},
            "plan": {"GET": self._show_plan, "PUT": self._set_plan, "DELETE": self._drop_plan},
            "journal": {"GET": self._journal, "DELETE": self._clear_journal},
            "metrics": {"GET": self._metrics},
            "reset": {"POST": self._reset},
        }
        self._routes = routes | self.more_routes()

    @property
    def routes(self) -> Routes:
        """What there is to ask, by the name behind `/__edgeproof__/` and by method."""
        return self._routes

    def more_routes(self) -> Routes:
        """Return what one kind of server has besides."""
        return {}

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
        """Report that the server is up: its seed, its exchanges so far and now, and what went wrong inside it."""
        server = self._server
        return json_of(
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
        """Return the plan in force, as TOML."""
        return text_of(show_plan(self._server.plan).encode())

    def _set_plan(self, request: Request) -> Reply:
        """Put the plan in the body, TOML, in force; a plan that cannot be read is a 400 and changes nothing."""
        try:
            plan = read_plan(request.body.decode())
        except UnicodeDecodeError:
            return error_reply(400, "the plan is not UTF-8")
        except PlanError as error:
            return error_reply(400, " ".join(str(error).split()))
        self._server.set_plan(plan)
        return json_of({"rules": len(plan.rules), "seed": self._server.plan.seed})

    def _drop_plan(self, _: Request) -> Reply:
        """Take the plan away, so that nothing is faulted."""
        self._server.set_plan(None)
        return json_of({"rules": 0})

    def _journal(self, request: Request) -> Reply:
        """Return the exchanges as JSON: all, or those of a `?nonce=`, of a `?surface=`, and after number `?since=`."""
        query = query_of(request)
        since = query.get("since")
        if since is not None and not (since.isdecimal() and len(since) <= _MOST_DIGITS):
            return error_reply(400, f"since={since!r} is no number of an exchange; use one that the journal shows")
        records = self._server.journal.records(
            query.get("nonce"), query.get("surface"), None if since is None else int(since)
        )
        return json_of(journal_json(records))

    def _clear_journal(self, _: Request) -> Reply:
        """Forget all exchanges."""
        self._server.journal.clear()
        return json_of({"exchanges": 0})

    def _metrics(self, _: Request) -> Reply:
        """Return counters and histograms as Prometheus reads them."""
        return text_of(self._server.metrics.text(), _METRICS)

    def _reset(self, _: Request) -> Reply:
        """Start over: an empty journal, fresh state, and the plan as if it had just been put in force."""
        self._server.reset()
        return json_of({"status": "ok"})


def query_of(request: Request) -> dict[str, str]:
    """Return a query's parameters, the last of each name."""
    return {name: values[-1] for name, values in parse_qs(request.query, keep_blank_values=True).items()}


def json_of(value: object) -> Reply:
    """Return a reply that says this in JSON."""
    return json_reply(json.dumps(value).encode())


def text_of(body: bytes, content_type: str = _TEXT) -> Reply:
    """Return a reply that is text."""
    return Reply(headers=(("content-type", content_type),), body=body)
