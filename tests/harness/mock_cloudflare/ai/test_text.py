from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.mock_cloudflare.ai import text
from scenarios.prompt import Prompt
from tests.harness.mock_cloudflare.asking import LLAMA, NONCE, Asker, body_of, payloads, user

prompts = st.builds(
    Prompt,
    nonce=st.from_regex(r"ep-[0-9a-f]{12}", fullmatch=True),
    tokens=st.integers(0, 60),
    token_bytes=st.integers(0, 30),
    ascii=st.booleans(),
)


@given(prompt=prompts)
def test_a_text_has_exactly_the_tokens_asked_for_and_reads_the_same_in_every_form(prompt: Prompt) -> None:
    ask = Asker()
    asked = user(str(prompt))

    native = ask.run(messages=asked)
    streams = payloads(ask.run(messages=asked, stream=True)), payloads(ask.chat(messages=asked, stream=True))
    openai = body_of(ask.chat(messages=asked))

    native_tokens = [str(item["response"]) for item in streams[0][1:] if item.get("p")]
    deltas = [item["choices"][0]["delta"] for item in streams[1][1:]]
    openai_tokens = [delta["content"] for delta in deltas if "content" in delta]
    assert len(native_tokens) == len(openai_tokens) == prompt.tokens
    assert native_tokens == openai_tokens
    whole = openai["choices"][0]["message"]["content"]
    assert "".join(native_tokens) == whole == body_of(native)["result"]["response"]
    assert all(len(token.encode()) >= prompt.token_bytes for token in native_tokens)
    if prompt.ascii:
        assert whole.isascii()


@given(first=st.integers(0, 10**6), second=st.integers(0, 10**6), temperature=st.floats(0, 5))
def test_two_different_requests_never_get_the_same_text(first: int, second: int, temperature: float) -> None:
    prompt = Prompt(nonce=NONCE)

    one = text.tokens(prompt, text.digest_of(LLAMA, {"seed": first, "temperature": temperature}))
    other = text.tokens(prompt, text.digest_of(LLAMA, {"seed": second, "temperature": temperature}))

    assert (one[0] == other[0]) == (first == second)


def test_the_form_of_the_answer_is_no_part_of_the_question() -> None:
    plain = text.digest_of(LLAMA, {"messages": [], "temperature": 1})

    streamed = text.digest_of(
        LLAMA, {"temperature": 1, "messages": [], "stream": True, "stream_options": {"include_usage": True}}
    )

    assert plain == streamed


def test_the_first_word_names_the_nonce() -> None:
    said = text.tokens(Prompt(nonce=NONCE, tokens=2), b"digest")

    assert said[0].startswith("re-0123456789ab-")
    assert said[1] == "."


def test_a_default_text_has_characters_of_every_width() -> None:
    said = "".join(text.tokens(Prompt(nonce=NONCE, tokens=500), b"digest"))

    widths = {len(character.encode()) for character in said}
    assert widths == {1, 2, 3, 4}
    assert {"\u200d", "\u2028", "\n", "\\", '"'} <= set(said)


def test_no_answer_is_longer_than_its_bound() -> None:
    many = text.tokens(Prompt(nonce=NONCE, tokens=50_000_000, ascii=True), b"digest", choices=8)
    wide = text.tokens(Prompt(nonce=NONCE, tokens=2, token_bytes=50_000_000), b"digest", choices=8)

    assert len(many) == text.MAX_TOKENS // 8
    assert sum(map(len, wide)) <= text.MAX_TEXT_BYTES // 8
