"""What is a credential, by what it is called and by where it stands: headers, variables, addresses.

The one rule: there is one list. Whatever hides credentials asks here; what is judged is never asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

MARK: Final = "[redacted]"
"""What is shown in place of a secret."""

CREDENTIAL_HEADERS: Final = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cf-aig-authorization",
        "cookie",
        "set-cookie",
        "api-key",
        "x-api-key",
        "x-auth-key",
        "x-auth-token",
        "cf-access-client-id",
        "cf-access-client-secret",
        "cf-access-jwt-assertion",
        "cf-access-token",
        "x-amz-security-token",
        "x-amz-signature",
        "stripe-signature",
    }
)
"""Headers whose whole value is a credential. Others are known by the words in their names."""

_HARMLESS_HEADERS: Final = frozenset(
    {
        "access-control-allow-credentials",
        "cf-aig-cache-key",
        "idempotency-key",
        "proxy-authenticate",
        "sec-websocket-key",
        "surrogate-key",
        "www-authenticate",
        "x-cache-key",
        "x-idempotency-key",
    }
)
"""Headers that sound like credentials and are none: RFC 9110 §11.6.1, RFC 6455 §4.1, Fetch, and usual ones."""
_COUNTS: Final = re.compile(r"(?:^|-)(?:ratelimit|rate-limit)-|-tokens$|^tokens-", re.IGNORECASE)
"""Headers that count tokens of a model."""

_HARMLESS_VARIABLES: Final = frozenset({"PWD", "OLDPWD"})
"""The shell's own: the folder that it is in, and was in."""
_IN_NAME: Final = re.compile(
    r"""
    # parts that stand for themselves wherever they are
    TOKEN(?!IZ) | SECRET | PASSW | PASSPHRASE | PASSCODE | CREDENTIAL | COOKIE | PRIVATE | API_?KEY | ACCESS_?KEY
    | AUTH(?!OR) | AUTHORIZATION | WEBHOOK
    # whole words: PATH, COMPASS and KEYBOARD are none
    | (?:^|_) (?: (?:DB|PG|MYSQL|REDIS|SMTP|FTP)? PASS | PWD | PAT | JWT | DSN | KEYS? | PEM | PSK | OTP | HMAC | SAS
    | SIG | SIGNATURE | BEARER | CONN(?:ECTION)?_?STR(?:ING)? ) (?:_|\d*$)
    # where a database is, its password included
    | (?:^|_) (?: DATABASE | DB | REDIS | VALKEY | MONGO(?:DB)? | POSTGRES(?:QL)? | PG | MYSQL | MARIADB | AMQP
    | RABBITMQ | BROKER | SUPABASE | NEON | TURSO | LIBSQL | CLICKHOUSE ) (?:_[A-Z]+)?? _?UR[IL] (?:_|$)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_COUNT_OF_TOKENS: Final = re.compile(r"(?:^|_)(?:MAX|MIN|NUM|TOTAL)(?:_[A-Z]+)*?_TOKENS(?:_|$)|(?:^|_)TOKENS_PER_")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_AUTHORITY: Final = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)?(?P<userinfo>[^/?#]*@)?")
_PASSWORD_IN_URL: Final = re.compile(r"(?<=[A-Za-z0-9+.-]://)[^\s/?#@:]*:(?P<password>[^\s/?#]+)@[^\s/@]")
_NO_SECRET: Final = re.compile(r"(?:true|false|yes|no|on|off|none|null|enabled?|disabled?|[0-9]{1,5})?", re.IGNORECASE)
"""What a variable holds that only sounds like a secret, as AUTH_ENABLED does. Hidden, it would blacken every text."""


@lru_cache(maxsize=1024)
def is_credential_header(name: str) -> bool:
    """Say whether the value of a header of that name is to be hidden."""
    told = name.lower()
    if told in CREDENTIAL_HEADERS:
        return True
    return told not in _HARMLESS_HEADERS and names_a_secret(name.replace("-", "_")) and not _COUNTS.search(told)


def names_a_secret(variable: str) -> bool:
    """Say whether an environment variable of that name may hold a secret."""
    if variable in _HARMLESS_VARIABLES:
        return False
    name = _HUMP.sub("_", variable)
    return bool(_IN_NAME.search(name)) and not _COUNT_OF_TOKENS.search(name.upper())


def holds_a_secret(variable: str, value: str) -> bool:
    """Say whether an environment variable may hold a secret: by its name, or as an address with a password."""
    return names_a_secret(variable) or bool(_PASSWORD_IN_URL.search(value))


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the secrets among those values: of variables that sound like it, and the passwords within addresses."""
    found: dict[str, None] = {}
    for name, value in environ.items():
        if names_a_secret(name) and not _NO_SECRET.fullmatch(value):
            found[value] = None
        found |= dict.fromkeys(each["password"] for each in _PASSWORD_IN_URL.finditer(value))
    return tuple(found)


def has_userinfo(url: str) -> bool:
    """Say whether an address names a user, with a password or without (RFC 3986 §3.2.1), be it well formed or not."""
    found = _AUTHORITY.match(url)
    return bool(found and found["userinfo"])


def without_userinfo(url: str) -> str:
    """Return an address as it may be shown, whatever is wrong with it: nothing that could be a password is in it."""
    found = _AUTHORITY.match(url)
    scheme = (found and found["scheme"]) or ""
    rest = url[len(scheme) :]
    if "@" not in rest or not (has_userinfo(url) or ":" in rest.partition("@")[0]):
        return url
    return f"{scheme}{MARK}@{rest.rpartition('@')[2]}"
