"""The mock's environment as AWS's own client reads it: it points S3 at the mock, and nothing else."""

from __future__ import annotations

import os

import boto3
import pytest

from harness.mock_cloudflare.settings import MockSettings, environment

MOCK = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mock's environment, and nothing of AWS's besides."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environment(MockSettings(), MOCK).items():
        monkeypatch.setenv(name, value)


def test_s3_is_the_mock() -> None:
    client = boto3.session.Session().client("s3")

    assert (client.meta.endpoint_url, client.meta.region_name) == (MOCK, "auto")


def test_an_endpoint_of_the_proxys_own_stays() -> None:
    client = boto3.session.Session().client("s3", endpoint_url="http://127.0.0.1:2")

    assert client.meta.endpoint_url == "http://127.0.0.1:2"


def test_no_other_service_is_looked_for_at_the_mock() -> None:
    client = boto3.session.Session().client("sts")

    assert client.meta.endpoint_url == "https://sts.auto.amazonaws.com"


def test_another_service_is_found_where_a_proxy_says_by_itself() -> None:
    client = boto3.session.Session().client("sts", region_name="eu-central-1")

    assert client.meta.endpoint_url == "https://sts.eu-central-1.amazonaws.com"
