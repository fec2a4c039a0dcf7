"""Answers are compressed for who can read that, told so, and streams never are."""

from __future__ import annotations

import gzip
import json

import brotli
import pytest
import zstandard

from harness.reference_proxy.http.codings import chosen
from tests.harness.reference_proxy.stage import DONE, chat, piece, says, stage, streams, whole

LONG = "the same words again and again, " * 80
DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.ZstdDecompressor().decompress}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("br;q=0.9, gzip;q=1.0", "gzip"),
        ("GZIP;Q=0.5", "gzip"),
        ("*", "zstd"),
        ("*;q=0.1, br", "br"),
        ("zstd;q=0, *", "br"),
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=0, br;q=0, zstd;q=0", ""),
        ("deflate, x-gzip", ""),
        ("gzip;q=nonsense", ""),
        ("gzip;q=-1, br;q=7", "br"),
    ],
)
def test_the_coding_is_the_one_that_the_client_likes_best(accepted: str, coding: str) -> None:
    assert chosen(accepted) == coding


@pytest.mark.parametrize("coding", list(DECODERS))
@pytest.mark.parametrize("text", [LONG, LONG * 40])
async def test_a_whole_answer_is_compressed_and_read_again(coding: str, text: str) -> None:
    async with stage(says(whole(text))) as on:
        fresh = await on.ask(chat(), Accept_Encoding=coding)
        kept = await on.ask(chat(), Accept_Encoding=coding)

    for answer in (fresh, kept):
        assert (answer.headers["content-encoding"], answer.headers["vary"]) == (coding, "Accept-Encoding")
        assert len(answer.body) < len(text) / 4
        assert json.loads(DECODERS[coding](answer.body))["choices"][0]["message"]["content"] == text


async def test_one_answer_is_given_to_each_client_as_it_can_read_it() -> None:
    async with stage(says(whole(LONG))) as on:
        await on.ask(chat(), Accept_Encoding="br")
        plain = await on.ask(chat())
        nothing = await on.ask(chat(), Accept_Encoding="identity")

    for answer in (plain, nothing):
        assert "content-encoding" not in answer.headers
        assert (answer.headers["x-cache"], answer.headers["vary"]) == ("HIT", "Accept-Encoding")
        assert answer.json["choices"][0]["message"]["content"] == LONG


@pytest.mark.parametrize("directive", ["no-transform", "max-age=0, No-Transform"])
async def test_what_must_not_be_transformed_is_not(directive: str) -> None:
    async with stage(says(whole(LONG))) as on:
        answer = await on.ask(chat(), Accept_Encoding="gzip", Cache_Control=directive)

    assert "content-encoding" not in answer.headers
    assert answer.json["choices"][0]["message"]["content"] == LONG


async def test_small_answers_and_errors_stay_as_they_are() -> None:
    async with stage(says(whole("short"))) as on:
        small = await on.ask(chat(), Accept_Encoding="gzip")
        refused = await on.ask(b"no JSON", Accept_Encoding="gzip")

    assert not {"content-encoding", "vary"} & (small.headers.keys() | refused.headers.keys())


async def test_no_answer_is_compressed_where_that_is_off() -> None:
    async with stage(says(whole(LONG)), compress_min_bytes=0) as on:
        answer = await on.ask(chat(), Accept_Encoding="gzip")

    assert "content-encoding" not in answer.headers


async def test_a_stream_is_never_compressed_live_or_kept() -> None:
    async with stage(streams(piece(LONG), piece("", finish="stop"), DONE)) as on:
        live, kept = [await on.ask(chat(stream=True), Accept_Encoding="gzip, br, zstd") for _ in range(2)]

    assert (live.headers["x-cache"], kept.headers["x-cache"]) == ("MISS", "HIT")
    assert live.text == kept.text == LONG
    assert "content-encoding" not in live.headers.keys() | kept.headers.keys()


async def test_metrics_are_compressed_as_well() -> None:
    async with stage(says(whole())) as on:
        metrics = await on.ask(b"", method="GET", path="/metrics", Accept_Encoding="gzip")

    assert b"proxy_requests_total" in gzip.decompress(metrics.body)
