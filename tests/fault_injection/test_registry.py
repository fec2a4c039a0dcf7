from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import pytest

from fault_injection.fault import ClientFault, KvFault, ReplyFault, WireFault
from fault_injection.registry import ALL, FAMILIES, UnknownFaultError, by_id, families
from fault_injection.spec import parse
from tests.fault_injection.families import (
    test_chat_fields,
    test_chat_pieces,
    test_client,
    test_http,
    test_http_framing,
    test_kv,
    test_payload,
    test_sse_chat,
    test_sse_ends,
    test_sse_form,
    test_sse_pace,
    test_sse_text,
    test_tcp,
)

TABLES = (
    test_chat_fields,
    test_chat_pieces,
    test_client,
    test_http,
    test_http_framing,
    test_kv,
    test_payload,
    test_sse_chat,
    test_sse_ends,
    test_sse_form,
    test_sse_pace,
    test_sse_text,
    test_tcp,
)


def test_no_two_faults_share_an_id() -> None:
    assert len(ALL) == sum(len(family.FAULTS) for family in FAMILIES)


def test_every_fault_has_an_example_in_which_it_strikes() -> None:
    examples = [example for table in TABLES for example in table.EXAMPLES]
    striking = {parse(example.spec).id for example in examples if example.wanted != example.before}

    assert [fault_id for fault_id in ALL if fault_id not in striking] == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__.rpartition(".")[2])
def test_a_family_lists_every_fault_that_it_defines(family: ModuleType) -> None:
    listed, name = family.FAULTS, family.__name__
    inside = (each.name for each in iter_modules(getattr(family, "__path__", []), f"{name}."))
    defined = {
        item
        for module in (family, *map(import_module, inside))
        for item in vars(module).values()
        if isinstance(item, type) and item.__module__ == module.__name__ and hasattr(item, "id")
    }

    assert len(listed) == len(defined)
    assert {*listed} == defined
    assert {item.id.partition(".")[0] for item in listed} == {name.rpartition(".")[2].partition("_")[0]}


@pytest.mark.parametrize("kind", ALL.values(), ids=list(ALL))
def test_an_id_is_the_class_name_in_small_letters(kind: type[object]) -> None:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()

    assert kind.id.partition(".")[2].replace("_", "") == words.replace("_", "")  # type: ignore[attr-defined]  # a fault


@pytest.mark.parametrize("kind", ALL.values(), ids=list(ALL))
def test_a_fault_is_of_exactly_one_kind(kind: type[object]) -> None:
    assert sum(issubclass(kind, base) for base in (ReplyFault, WireFault, KvFault, ClientFault)) == 1


def test_families_hold_every_fault_once() -> None:
    assert [fault.id for faults in families().values() for fault in faults] == sorted(ALL, key=list(ALL).index)
    assert list(families()) == ["tcp", "http", "sse", "chat", "payload", "kv", "client"]


def test_a_fault_is_found_by_its_id() -> None:
    assert by_id("sse.truncate").id == "sse.truncate"


def test_an_unknown_id_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownFaultError, match=r"no fault is called 'sse.trunkate'; did you mean sse.truncate"):
        by_id("sse.trunkate")


def test_an_id_like_no_other_is_told_where_to_find_them() -> None:
    with pytest.raises(UnknownFaultError, match=r"`edgeproof faults` lists them all"):
        by_id("qqqqqq")
