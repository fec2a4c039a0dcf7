"""The environment a target is started with.

The one rule: a target gets no credential of the person who runs it; what it needs, its file says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from harness.core.observed.hidden.credentials import holds_a_secret

_PREFIXES: Final = ("CLOUDFLARE_", "CF_", "AWS_", "OPENAI_", "ANTHROPIC_", "EDGEPROOF_")
_PROXIES: Final = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY"})
"""A proxy between the target and a loopback upstream would be a third party to the exchange."""


def environment_for(
    inherited: Mapping[str, str],
    own: Mapping[str, str],
    extra: Mapping[str, str] | None = None,
    *,
    separator: str = ":",
) -> dict[str, str]:
    """Return the harness's environment without credentials and network proxies, and the target's own on top.

    `extra` is what the harness itself adds to watch the target: it wins. Only paths for Python's modules, with this
    system's `separator` between them, and options for Node go in front of those there are.
    """
    kept = {
        name: value
        for name, value in inherited.items()
        if not (holds_a_secret(name, value) or name.startswith(_PREFIXES) or name.upper() in _PROXIES)
    }
    env = kept | dict(own)
    between = {"PYTHONPATH": separator, "NODE_OPTIONS": " "}
    for name, value in (extra or {}).items():
        env[name] = between[name].join([value, env[name]]) if name in between and env.get(name) else value
    return env
