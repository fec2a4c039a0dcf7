"""The namespaces of Workers KV: list, create, rename, drop.

The one rule: a title is unique in its account; an id is drawn from the request, so that a replay draws the same.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.mock_cloudflare import errors
from harness.mock_cloudflare.errors import Kv
from harness.mock_cloudflare.kv.call import KvCall, Outcome
from harness.mock_cloudflare.kv.limits import refuse
from harness.mock_cloudflare.paging import page_of

_PER_PAGE = 20
_MAX_PER_PAGE = 1000


def _list(call: KvCall) -> Outcome:
    query = call.query
    by_title = query.get("order") == "title"
    found = sorted(
        call.store.titles.items(),
        key=lambda item: (item[1], item[0]) if by_title else item,
        reverse=query.get("direction") == "desc",
    )
    page = page_of(found, query, per_page=_PER_PAGE, most=_MAX_PER_PAGE)
    return errors.success([_item(namespace, title) for namespace, title in page.items], info=page.info), None


def _get(call: KvCall) -> Outcome:
    call.check_namespace()
    return errors.success(_item(call.namespace, call.store.titles[call.namespace])), None


def _create(call: KvCall) -> Outcome:
    title = _title(call)
    namespace = call.identity.hex32
    return errors.success(_item(namespace, title)), call.effect(titles=((namespace, title),))


def _rename(call: KvCall) -> Outcome:
    call.check_namespace()
    title = _title(call)
    return errors.success(_item(call.namespace, title)), call.effect(titles=((call.namespace, title),))


def _delete(call: KvCall) -> Outcome:
    call.check_namespace()
    return call.written(), call.effect(titles=((call.namespace, None),))


def _title(call: KvCall) -> str:
    body = call.json_body()
    title = body.get("title") if isinstance(body, dict) else None
    if not isinstance(title, str) or not title.strip() or len(title) > 512:
        raise refuse(Kv.BAD_BODY, what="could not parse request body: 'title' must be a string of 1 to 512 characters")
    if any(taken == title and namespace != call.namespace for namespace, taken in call.store.titles.items()):
        raise refuse(Kv.TITLE_TAKEN)
    return title


def _item(namespace: str, title: str) -> dict[str, object]:
    return {"id": namespace, "title": title, "supports_url_encoding": True}


HANDLERS: dict[str, Callable[[KvCall], Outcome]] = {
    "ns-list": _list,
    "ns-get": _get,
    "ns-create": _create,
    "ns-rename": _rename,
    "ns-delete": _delete,
}
