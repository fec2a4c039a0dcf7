from __future__ import annotations

import pytest

from fault_injection.fault import ClientFault, KvFault
from fault_injection.registry import ALL
from scenarios.searching.surfaces import kinds_on


@pytest.mark.parametrize("surface", ["ai.chat", "kv.get", "kv.put"])
def test_every_fault_of_a_surface_is_one_that_strikes_there(surface: str) -> None:
    kinds = kinds_on(surface)

    assert kinds
    assert not [kind for kind in kinds if issubclass(kind, ClientFault)]
    assert any(issubclass(kind, KvFault) for kind in kinds) is surface.startswith("kv.")


def test_an_operation_of_kv_is_struck_by_what_shows_in_it() -> None:
    read, written = set(kinds_on("kv.get")), set(kinds_on("kv.put"))

    assert {kind.id for kind in written - read} == {"kv.too_large", "kv.lost_write"}
    assert {ALL["kv.slow"], ALL["tcp.reset"]} <= read & written
    assert not [kind.id for kind in read | written if kind.id in ("kv.delete_ignored", "kv.list_incomplete")]
