"""What the API says of gateways themselves: their logs, and their dynamic routes.

The one rule: a log is what a call left, and only feedback, score and metadata can be added to it.
Source: Cloudflare API, AI Gateway, logs and dynamic routing, as its official clients know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.errors import Manage, api_error, success
from harness.mock_cloudflare.gateway.call import Remembered
from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.request import Answer, GatewayEffect, Request
from harness.mock_cloudflare.routing import Route

OPERATIONS: Final = frozenset(
    {"gateway-log", "gateway-log-edit", "gateway-routes", "gateway-route", "gateway-route-make", "gateway-route-drop"}
)
_ADDED: Final = ("feedback", "score", "metadata")


def answer(request: Request, route: Route, identity: Identity, remembered: Remembered) -> Answer:
    """Answer one call of the API."""
    gateway = route.parts["gateway"].decode("utf-8", "replace")
    identifier = route.parts.get("id", b"").decode("utf-8", "replace")
    match route.name:
        case "gateway-log" | "gateway-log-edit":
            body = request.body if route.name == "gateway-log-edit" else None
            return log(gateway, identifier, remembered, surface=route.surface, added=body)
        case "gateway-route-make":
            reply, effect = _make(request, gateway, identity)
        case _:
            reply, effect = _known(route.name, gateway, identifier, remembered)
    return Answer(surface=route.surface, reply=reply, kept=effect)


def log(gateway: str, identifier: str, remembered: Remembered, *, surface: str, added: bytes | None = None) -> Answer:
    """Tell a log, or put into it what a body adds."""
    found = remembered.log(gateway, identifier)
    if found is None:
        return Answer(surface=surface, reply=api_error(Manage.NO_LOG))
    if added is None:
        return Answer(surface=surface, reply=success(dict(found)))
    told = _object(added)
    if told is None:
        return Answer(surface=surface, reply=api_error(Manage.BAD_BODY, what="the body is no JSON object"))
    more = {name: told[name] for name in _ADDED if name in told}
    if isinstance(more.get("metadata"), dict):
        more["metadata"] = json_text.dump(more["metadata"]).decode()
    effect = GatewayEffect(gateway=gateway, logs=((identifier, {**found, **more}),))
    return Answer(surface=surface, reply=success({}), kept=effect)


def _make(request: Request, gateway: str, identity: Identity) -> tuple[Reply, GatewayEffect | None]:
    told = _object(request.body) or {}
    name, elements = told.get("name"), told.get("elements")
    if not isinstance(name, str) or not name or not isinstance(elements, list):
        return api_error(Manage.BAD_BODY, what="name and elements are needed"), None
    made: dict[str, object] = {
        "id": identity.hex32,
        "name": name,
        "gateway_id": gateway,
        "elements": elements,
        "created_at": identity.iso,
        "modified_at": identity.iso,
        "deployment": {"deployment_id": identity.hex32, "version_id": identity.hex32, "created_at": identity.iso},
        "version": {
            "version_id": identity.hex32,
            "active": "true",
            "created_at": identity.iso,
            "data": json_text.dump(elements).decode(),
        },
    }
    return success(made), GatewayEffect(gateway=gateway, routes=((name, made),))


def _known(name: str, gateway: str, identifier: str, remembered: Remembered) -> tuple[Reply, GatewayEffect | None]:
    routes = remembered.routes_of(gateway)
    if name == "gateway-routes":
        page = {"order_by": "created_at", "order_by_direction": "asc", "page": 1, "per_page": max(20, len(routes))}
        told = {"success": True, "data": {**page, "routes": [dict(each) for each in routes]}}
        return json_reply(json_text.dump(told)), None
    found = next((each for each in routes if each.get("id") == identifier), None)
    if found is None:
        return api_error(Manage.NO_ROUTE), None
    if name == "gateway-route":
        return success(dict(found)), None
    return success(dict(found)), GatewayEffect(gateway=gateway, routes=((str(found["name"]), None),))


def _object(body: bytes) -> Mapping[str, object] | None:
    try:
        return json_text.load_object(body)
    except json_text.BadJsonError:
        return None
