from __future__ import annotations

import pytest

from harness.shell.gateway.manners import TOKEN_HEADER, Manners, is_loopback


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
    ("host", "status"),
    [
        ("127.0.0.1:9000", None),
        ("api.cloudflare.com", None),
        ("evil.example", 421),
        ("evil.example:9000", 421),
        ("a:b:c", 421),
    ],
)
def test_a_page_in_a_browser_does_not_get_in_by_a_name_of_its_own(host: str, status: int | None) -> None:
    refusal = Manners("127.0.0.1", others=("api.cloudflare.com",)).refusal((("Host", host),))

    assert (refusal.status if refusal else None) == status


@pytest.mark.parametrize(("token", "status"), [("sesame", None), ("Sesame", 403), ("", 403)])
def test_from_elsewhere_only_who_has_the_token_gets_in(token: str, status: int | None) -> None:
    refusal = Manners("0.0.0.0", token="sesame").refusal(((TOKEN_HEADER.lower(), token),))

    assert (refusal.status if refusal else None) == status


def test_a_listener_elsewhere_without_a_token_takes_nobody() -> None:
    assert Manners("10.0.0.1").refusal(((TOKEN_HEADER, ""),)) is not None
