r"""Where credentials stand in a text: behind the names of headers, fields and parameters, and within addresses.

The one rule: a place is known by what stands around it, in a header, in JSON (within JSON too, as `\"`), in a URL and
in a log, and by nothing that prose would say. A target writes these texts, so no pattern may take longer than the text
is long: whatever looks ahead is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.core.observed.hidden.credentials import CREDENTIAL_HEADERS, is_credential_header
from harness.core.observed.hidden.spans import Span, merged

_QUOTE: Final = rb"""\\*["']"""
_IS: Final = rb"(?:Q)?+[ \t]*+(?:=>|[:=])[ \t]*+(?:b?Q)?+".replace(b"Q", _QUOTE)
"""What stands between a name and its value."""
_IS_OF_HEADER: Final = rb"(?:%s|Q[ \t]*+,[ \t]*+b?Q)".replace(b"Q", _QUOTE) % _IS
"""The same behind the name of a header: a pair of texts, too."""
_IS_IN_HEAD: Final = rb"(?:(?:Q)?+[ \t]*+:[ \t]*+(?:b?Q)?+|Q[ \t]*+,[ \t]*+b?Q)".replace(b"Q", _QUOTE)
"""The same for one whose value may have blanks: `=` would be a URL's."""
_UNLESS_NONE: Final = (
    rb"(?!\[redacted\]|\$\{?[a-z_]+\}?(?!\w)|\{[a-z_]*\}|<[a-z_/|-]*>"
    rb"|os\.(?:environ|getenv)[\[(.]|process\.env[.\[]"
    rb"|(?:null|none|nil|true|false|undefined|[0-9]{1,7}(?:\.[0-9]+)?)(?![\w.+/=-]))"
)
"""There is a value: no variable, no code that reads one, no placeholder, no such thing as `null`, no small number."""
_WORD: Final = rb"""[^\s"'\\,;&<>]+"""
_QUOTED: Final = rb"""(?<=")(?:[^"\\\r\n]|\\+[^"\\\r\n])+|(?<=')(?:[^'\\\r\n]|\\+[^'\\\r\n])+"""
_REST: Final = rb"""[^\r\n"'\\]*[^\s"'\\]"""
"""The rest of a line, or of what is quoted."""
_WITH_DIGIT: Final = rb"""(?=[^\s"'\\]{,256}[0-9])"""
_HIDDEN: Final = b"(?P<hidden>%s(?:%s|%s))" % (_UNLESS_NONE, _QUOTED, _WORD)

_SCHEME: Final = (
    rb"(?:api-?key|aws4-[a-z0-9-]+|basic|bearer|digest|dpop|gnap|hawk|hmac|hoba|jwt|key|mutual|negotiate|ntlm|oauth"
    rb"|scram-sha-[0-9]+|sharedkey|signature|token|vapid)[ \t]+"
)
"""Those of IANA's registry, and usual ones: worth showing. Of any other scheme the name is hidden as well."""
_PARAMETER: Final = rb"""[a-z][\w-]*=(?:\\*"[^"\\\r\n]*\\*"|[^\s"'\\,;&]*)"""
_PAIR: Final = rb"""[^\s=;,"'\\:{}()\[\]]+=(?:\\*"[^"\\\r\n]*\\*"|[^\s"'\\,;]*)"""
_KEYS: Final = ("access", "account", "api", "auth", "client", "master", "private", "secret", "signing", "subscription")
_TOKENS: Final = ("access", "api", "auth", "bot", "client", "csrf", "id", "refresh", "security", "session", "xsrf")


def _behind(name: str, beginnings: tuple[str, ...]) -> bytes:
    """Return a pattern for a name that begins with one of these: `apikey`, `api_key`."""
    wholes = (f"(?<={each}{joint}{name})" for each in beginnings for joint in ("", "[-_. ]"))
    return f"{name}(?:{'|'.join(wholes)})".encode()


def _field(name: str) -> bytes:
    """Return a pattern for a word that prose uses, too: `a_secret: x`, `"secret": "x"`, `secret=x`, `secret: x1`."""
    return rb"N(?:(?<=[\w-]N)%s|Q[ \t]*(?:=>|[:=])[ \t]*+(?:b?Q)?+|=(?:Q)?+|[ \t]*:[ \t]*+(?:Q|%s))%s".replace(
        b"N", name.encode()
    ).replace(b"Q", _QUOTE) % (_IS, _WITH_DIGIT, _HIDDEN)


_PLACES: Final = (
    (
        "authorization",
        b"authorization%s(?:%s)?+(?P<hidden>%s(?:%s|%s|[a-z][a-z-]*[ \t]+%s|%s)(?:,[ \t]*%s)*)"
        % (_IS_OF_HEADER, _SCHEME, _UNLESS_NONE, _QUOTED, _PARAMETER, _WORD, _WORD, _PARAMETER),
    ),
    ("bearer", rb"bearer(?<!\wbearer)[ \t]++(?P<hidden>%s%s%s)" % (_UNLESS_NONE, _WITH_DIGIT, _WORD)),
    (
        "cookie",
        rb"""cookie%s(?P<hidden>\[(?=[ \t]*%s)[^\]\r\n]{,4096}\]|%s(?:;[ \t]*[^\s=;,"'\\]+(?:=[^;\r\n"'\\]*)?)*)"""
        % (_IS_OF_HEADER, _QUOTE, _PAIR),
    ),
    ("key", _behind("key", _KEYS) + _IS + _HIDDEN),
    ("token", rb"(?:token(?<=[-_]token)|%s)%s%s" % (_behind("token", _TOKENS), _IS, _HIDDEN)),
    ("token", rb"""token%s(?P<hidden>%s[\w.+/=~-]{16,})""" % (_IS, _WITH_DIGIT)),
    *((name, _field(name)) for name in ("secret", "password", "passwd", "passphrase")),
    *((name, f"{name}(?<=[-_]{name})".encode() + _IS + _HIDDEN) for name in ("pass", "pwd", "pat", "jwt")),
    *((f"{name}=", f"{name}=".encode() + _HIDDEN) for name in ("credential", "signature")),
    *((f"{name}=", f"{name}=(?<=[?&;]{name}=)".encode() + _HIDDEN) for name in ("key", "sig", "token")),
    *(
        (name, name.encode() + _IS_IN_HEAD + b"(?P<hidden>%s%s)" % (_UNLESS_NONE, _REST))
        for name in sorted(CREDENTIAL_HEADERS)
        if "-" in name and not name.endswith(("authorization", "cookie"))
    ),
    ("://", rb"""://(?P<hidden>[^\s/?#"'<>\\:]*:[^\s/?#"'<>\\]*|[^\s/?#"'<>\\:@]{16,})@"""),
    ("eyj", rb"(?P<hidden>eyj(?<![\w-]eyj)[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"),  # a JSON Web Token (RFC 7519)
)
"""What a place holds for certain, which is a fast search, and the place itself; both for text in lower case."""
_RULES: Final = tuple((hint, re.compile(pattern)) for hint, pattern in _PLACES)
_HINTS: Final = tuple(dict.fromkeys(hint for hint, _ in _RULES))
_LINE: Final = re.compile(
    rb"\n[ \t<>*]*+(?P<name>authorization|[a-z0-9]+(?:-[a-z0-9]+)+)[ \t]*+:[ \t]*+(?:%s)?+(?P<hidden>%s%s)"
    % (_SCHEME, _UNLESS_NONE, _REST)
)
"""A line of a message's head. Its name has a hyphen, or it could be a line of anything."""


def hidden_spans(data: bytes) -> list[Span]:
    """Return the places of a text in which credentials stand, in order, none touching another."""
    lowered = data.lower()
    text = lowered.decode("latin-1")  # one character for each byte: `in` is many times faster for str
    if not (":" in text or "=" in text or "," in text or "bearer" in text or "eyj" in text):
        return []  # one of these every place holds; many texts are short, and hold none
    hints = {hint for hint in _HINTS if hint in text}
    found = [each.span("hidden") for hint, rule in _RULES if hint in hints for each in rule.finditer(lowered)]
    found += _in_lines(lowered)
    return merged(found) if found else found


def _in_lines(lowered: bytes) -> Iterator[Span]:
    for each in _LINE.finditer(b"\n" + lowered):
        if is_credential_header(each["name"].decode()):
            start, end = each.span("hidden")
            yield start - 1, end - 1
