"""What an answer says beside its text, put together from its pieces."""

from __future__ import annotations

from harness.core.observed.said import Said, take_head


def test_pieces_are_put_together() -> None:
    said = Said()

    said.take({}, {"reasoning_content": "h", "reasoning": "h", "refusal": "No", "annotations": [1]})
    said.take({"logprobs": {"content": [1], "refusal": None}}, {"reasoning": "m", "refusal": ".", "annotations": [2]})
    said.take({"logprobs": {"content": [2]}}, {"audio": {"id": "a", "data": "x"}})
    said.take({}, {"audio": {"data": "y", "expires_at": 7, "transcript": None}})

    assert ("".join(said.reasoning), "".join(said.refusal), said.annotations) == ("hm", "No.", [1, 2])
    assert (said.audio, said.logprobs) == ({"id": "a", "data": "xy", "expires_at": 7}, {"content": [1, 2]})


def test_null_empty_and_nonsense_say_nothing() -> None:
    said = Said()

    nothings: tuple[object, ...] = (None, "", [], {}, 7)
    for nothing in nothings:
        names = ("reasoning_content", "reasoning", "refusal", "annotations", "audio")
        said.take({"logprobs": nothing}, dict.fromkeys(names, nothing))

    assert said == Said()


def test_of_the_whole_the_last_word_counts() -> None:
    head: dict[str, str] = {}

    take_head(head, {"system_fingerprint": "a", "service_tier": None, "model": "m"})
    take_head(head, {"system_fingerprint": "b", "service_tier": ""})

    assert head == {"system_fingerprint": "b"}
