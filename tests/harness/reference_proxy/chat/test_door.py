"""What holds at the door of every route: pages of other origins, and how often anybody may ask."""

from __future__ import annotations

from tests.harness.reference_proxy.chat.service import service

ORIGIN = "https://page.example"


async def test_pages_of_allowed_origins_may_call_every_route_and_read_its_answers(sqlite_url: str) -> None:
    async with service(sqlite_url, "http://127.0.0.1:9", cors_origins=ORIGIN) as on:
        asked = await on.nobody.from_page("OPTIONS", "/api/v1/chat/c1", ORIGIN)
        stranger = await on.nobody.from_page("OPTIONS", "/api/v1/chat", "https://other.example")
        refused = await on.nobody.from_page("GET", "/api/v1/chat", ORIGIN)

    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, POST, PATCH, DELETE"
    assert "Access-Control-Allow-Methods" not in stranger.headers
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, ORIGIN)
    assert "x-conversation-id" in refused.headers["Access-Control-Expose-Headers"]


async def test_each_user_has_a_rate_of_the_own_whatever_the_route_and_so_has_who_is_unknown(sqlite_url: str) -> None:
    async with service(sqlite_url, "http://127.0.0.1:9", rate_limit_per_minute=2) as on:
        first = [(await on.ann.call("GET", path)).status_code for path in ("/api/v1/chat", "/api/v1/agents")]
        third = await on.ann.call("GET", "/api/v1/usage")
        colleague = await on.bob.call("GET", "/api/v1/usage")
        unknown = [(await on.nobody.call("GET", "/api/v1/chat")).status_code for _ in range(3)]
        on.clock.advance(30)
        later = await on.ann.call("GET", "/api/v1/usage")

    assert first == [200, 200]
    assert (third.status_code, third.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert int(third.headers["Retry-After"]) > 0
    assert (colleague.status_code, later.status_code) == (200, 200)
    assert unknown == [401, 401, 429]
