from __future__ import annotations

import pytest

from harness.shell.gateway.manners import TOKEN_HEADER, Manners


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


@pytest.mark.parametrize(
    ("origin", "status"), [("http://localhost:5173", None), ("https://evil.example", 403), ("null", 403)]
)
def test_a_page_of_elsewhere_may_not_steer(origin: str, status: int | None) -> None:
    headers = (("Host", "127.0.0.1:9001"), ("Origin", origin))

    refusal = Manners("127.0.0.1", steers=True).refusal(headers)

    assert (refusal.status if refusal else None) == status


def test_what_a_browser_asks_through_a_proxy_passes() -> None:
    assert Manners("127.0.0.1").refusal((("Host", "localhost"), ("Origin", "https://chat.example"))) is None
