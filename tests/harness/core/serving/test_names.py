from __future__ import annotations

import pytest

from harness.core.serving.names import Names, is_loopback


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, is_here: bool) -> None:
    assert is_loopback(host) is is_here


@pytest.mark.parametrize(
    ("authority", "is_ours"),
    [
        ("127.0.0.1:8787", True),
        ("LOCALHOST", True),
        ("[::1]:8787", True),
        ("Host.Docker.Internal:8787", True),
        ("10.0.0.7", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example:8787", False),
        ("[bad", False),
        ("a:b:c", False),
        ("", False),
    ],
)
def test_a_server_goes_by_this_machines_names_and_its_own(authority: str, is_ours: bool) -> None:
    assert Names("10.0.0.7", "host.docker.internal").include(authority) is is_ours


@pytest.mark.parametrize(
    ("port", "authority", "is_ours"),
    [(8787, "localhost:8787", True), (8787, "localhost:1", False), (8787, "localhost", False), (80, "localhost", True)],
)
def test_where_the_port_counts_a_name_alone_means_port_80(port: int, authority: str, is_ours: bool) -> None:
    assert Names(port=port).include(authority) is is_ours


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        ("http://localhost:5173", True),
        ("https://[::1]", True),
        ("https://evil.example", False),
        ("null", False),
        ("file://", False),
        ("chrome-extension://localhost", False),
        ("", False),
    ],
)
def test_only_pages_of_this_machine_are_ours(origin: str, is_ours: bool) -> None:
    assert Names().include_page(origin) is is_ours
