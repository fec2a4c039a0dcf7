"""What a caller wants of a gateway is read within its bounds; what cannot be read counts as not sent."""

from __future__ import annotations

import pytest

from harness.mock_cloudflare.gateway.options import Options, of_binding, read


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, Options()),
        ({"cf-aig-cache-ttl": "1"}, Options(cache_ttl_s=60)),
        ({"cf-aig-cache-ttl": "99999999"}, Options(cache_ttl_s=2_592_000)),
        ({"cf-aig-cache-ttl": "0", "cf-aig-cache-key": "k"}, Options(cache_key="k")),
        ({"cf-aig-cache-key": "k"}, Options(cache_key="k", cache_ttl_s=300)),
        ({"cf-cache-ttl": "90", "cf-skip-cache": "TRUE"}, Options(cache_ttl_s=90, skip_cache=True)),
        ({"cf-aig-request-timeout": "250"}, Options(timeout_s=0.25)),
        ({"cf-aig-request-timeout": "soon", "cf-aig-max-attempts": "-1"}, Options()),
        ({"cf-aig-max-attempts": "9", "cf-aig-retry-delay": "9000"}, Options(attempts=5, delay_s=5.0)),
        ({"cf-aig-collect-log": "false", "cf-aig-event-id": "e"}, Options(collect_log=False, event_id="e")),
    ],
)
def test_a_field_is_read_within_its_bounds(fields: dict[str, str], wanted: Options) -> None:
    assert read(fields) == wanted


def test_the_first_level_that_says_something_decides() -> None:
    assert read({"cf-aig-cache-ttl": "60"}, {"cf-aig-cache-ttl": "90", "cf-aig-event-id": "e"}) == Options(
        cache_ttl_s=60, event_id="e"
    )


def test_options_of_the_binding_are_fields() -> None:
    told = {
        "cacheTtl": 60,
        "skipCache": False,
        "metadata": {"a": 1},
        "retries": {"maxAttempts": 2, "backoff": "linear"},
        "requestTimeoutMs": None,
        "unknown": 1,
    }

    assert of_binding(told) == {
        "cf-aig-cache-ttl": "60",
        "cf-aig-skip-cache": "false",
        "cf-aig-metadata": '{"a":1}',
        "cf-aig-max-attempts": "2",
        "cf-aig-backoff": "linear",
    }
