"""The target file: every table and key that its parser takes, and the template with all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from pydantic import TypeAdapter

from harness.core.target import parser
from harness.core.target.placeholders import MEANINGS
from reference_pages.attribute_docs import attribute_docs
from reference_pages.markdown import MADE, anchor, escaped, table
from reference_pages.meanings import checked, described
from reference_pages.schema_words import default_of, in_words

_HEAD: Final = """# Target file

{made}

A target file says how to start or reach a proxy, how to talk to it, and what it claims. It is TOML. What it does not
claim is not held against the proxy. A key that is not listed here is refused, with its line. `edgeproof init` writes
[a commented file](#a-file-with-every-key).
"""
_SAID: Final = {
    "target.name": "The proxy's name in reports.",
    "target.command": "What starts it, word by word, in the file's folder. Leave it out for one that runs already.",
    "target.worker": "A Worker's wrangler file, in place of `command` and `url`; edgeproof starts workerd itself.",
    "target.worker_env": "The environment of the wrangler file; the top of the file when left out.",
    "target.ready_path": "A path that is polled until it answers below 500; when left out, an open port is enough.",
    "target.source": "Its own code, for coverage: folders, seen from the file's, or Python packages. The file's folder "
    "when left out; of a Worker, that of its wrangler file.",
    "target.url": "Where it listens. `{port}` is a free port that edgeproof picks.",
    "target.ready_timeout_s": "How long it may take to get ready.",
    "target.env": "The environment it is started with, on top of yours without credentials and network proxies.",
    "chat.dialect": "The API that its clients speak. [Dialects](../guides/dialects.md) says what is judged in each.",
    "chat.path": "The path of a chat request; `{model}` in it is filled in.",
    "chat.model": "The model that clients ask for.",
    "chat.second_model": "A model that the proxy asks for in another way, as by Workers AI's native endpoint.",
    "chat.headers": "Headers of every request. A value may hold `{client_token}`, which differs from caller to caller.",
    "capabilities.streaming": "It can stream answers.",
    "capabilities.retry": "It tries again when upstream fails.",
    "capabilities.circuit_breaker": "It stops asking an upstream that keeps failing.",
    "capabilities.cache": "It answers again from memory.",
    "capabilities.rate_limit": "It refuses too many requests of one identity.",
    "capabilities.fallback_model": "The model it asks when the one asked for fails.",
    "capabilities.rate_limit.per_minute": "Requests of one identity in a minute.",
    "capabilities.retry.max_attempts": "Attempts at upstream, the first included.",
    "capabilities.retry.statuses": "The statuses that it retries, and no others; 408, 429, 500, 502, 503 and 504 "
    "when left out. "
    "A lost connection is always retried.",
    "capabilities.circuit_breaker.failures": "Failures in a row that open it.",
    "capabilities.circuit_breaker.open_s": "How long it stays open.",
    "capabilities.cache.ttl_s": "How long an answer lives.",
    "capabilities.cache.streams": "Streams are stored as well.",
    "capabilities.cache.header": "The header of an answer that reports a hit.",
    "capabilities.cache.per_identity": "Two identities never share an answer.",
    "capabilities.cache.max_bytes": "How much it keeps at most.",
    "capabilities.cache.ndjson": "A client whose `Accept` names only NDJSON gets its stream as NDJSON, cached or not.",
    "limits.max_request_bytes": "The largest body of a request that it takes.",
    "limits.max_messages": "The most messages that it takes in a request.",
    "limits.max_depth": "The deepest nesting that it takes in a request's JSON.",
    "limits.upstream_idle_timeout_s": "The longest wait between two pieces of upstream's answer.",
    "limits.first_byte_timeout_s": "The longest wait for the beginning of upstream's answer.",
    "limits.deadline_s": "The longest that an exchange of a client takes, whatever upstream does. Left out, no "
    "deadline is claimed.",
    "limits.client_stall_timeout_s": "How long a client may read nothing of its stream before the proxy gives it up.",
}
"""Words for keys whose own docstrings are for those who read the code; a key without any here has its docstring."""
_ABOUT: Final = {
    "target": "How the proxy is started, and where it listens.",
    "chat": "How clients talk to it.",
    "chat.also": "A further dialect that the same proxy speaks: one table `[[chat.also]]` for each. The cases about "
    "streams are played in every one of them.",
    "capabilities": "What it claims. What is left out is not claimed, so it is not held against the proxy.",
    "capabilities.retry": "It tries again when upstream fails.",
    "capabilities.circuit_breaker": "After that many failures in a row it stops asking upstream for a while.",
    "capabilities.cache": "It answers again from memory.",
    "capabilities.rate_limit": "It refuses requests of one identity beyond a limit.",
    "limits": "What it was started with, so that cases need not guess. Short times make short runs.",
    "rewrites": "What it changes in requests on purpose: names of parameters, of roles, of kinds of parts or of "
    "fields of messages, or `messages` for all of them. [What reaches upstream](../guides/requests.md) explains them.",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one table: where it stands, what it must be, whether it has to be there."""

    place: str
    kind: str
    default: str
    required: bool
    meaning: str


def tables() -> dict[str, type]:
    """Return every table of the file by its name, in the order of the file."""
    return {".".join(key): kind for key, kind in parser.TABLES.items() if key}


def place_of(table_name: str) -> str:
    """Return the place of a table; that of the key which holds it bears the key's name."""
    return f"table.{table_name}" if "." in table_name else table_name


def keys(name: str) -> tuple[Key, ...]:
    """Return the keys of a table, in the order in which the parser knows them."""
    schema = TypeAdapter(tables()[name]).json_schema(by_alias=True)
    links = {kind.__name__: f"table [`{place}`](#{place_of(place)})" for place, kind in tables().items()}
    words = attribute_docs(tables()[name])
    comments = _comments()
    found = []
    for key, value in schema["properties"].items():
        place = f"{name}.{key}"
        meaning = _SAID.get(place) or escaped(words.get(key, "")) or escaped(comments.get(key, ""))
        needed = key in schema.get("required", ())
        found.append(Key(place, in_words(value, links=links), default_of(value), needed, checked(place, meaning)))
    return tuple(found)


def page() -> str:
    """Return the page as Markdown."""
    lines = [_HEAD.format(made=MADE)]
    for name, kind in tables().items():
        place = [anchor(place_of(name)), ""] if "." in name else []  # else its heading makes it
        lines += [*place, f"## [{name}]", "", checked(name, _ABOUT.get(name) or escaped(described(kind.__doc__)))]
        lines += table(("key", "value", "default", "meaning"), [_row(each) for each in keys(name)])
    lines += [
        "## Placeholders",
        "",
        "Values of `command`, `url`, `ready_path`, `env`, `path` and `headers` may hold these.",
    ]
    lines += ["For a literal brace, write `{{` or `}}`."]
    lines += table(
        ("placeholder", "stands for"),
        [(f"{anchor(f'placeholder.{name}')}`{{{name}}}`", escaped(meaning)) for name, meaning in MEANINGS.items()],
    )
    return "\n".join([*lines, "## A file with every key", "", "```toml", template().strip(), "```", ""])


def template() -> str:
    """Return the commented file that `edgeproof init` writes."""
    return files("harness.core.target").joinpath("template.toml").read_text(encoding="utf-8")


def _row(key: Key) -> tuple[str, str, str, str]:
    name = key.place.rpartition(".")[2]
    return f"{anchor(key.place)}`{name}`", key.kind, "required" if key.required else key.default, key.meaning


def _comments() -> dict[str, str]:
    """Return what the template says behind a key on its own line."""
    said = re.findall(r"^#? ?(\w+) = [^#\n]*[^#\s] +# (.+)$", template(), re.MULTILINE)
    return {name: f"{text[:1].upper()}{text[1:].rstrip('.')}." for name, text in said}
