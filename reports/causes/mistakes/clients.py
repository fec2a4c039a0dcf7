"""Mistakes in how clients are spoken to: connections, forms of requests, compressed answers, pages."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="leaves-bodies-unread",
        sentence="A request is declined before its body is read, and the body is taken for the next request.",
        mends="Read the body to its end before you answer, or answer with `Connection: close` and close.",
        best=("connection.bad-then-good", "connection.too-large-then-good", "connection.stranger-then-good"),
        made_by=(
            "mutant:body-left-on-the-connection",
            "mutant:body-answered-as-well",
            "proxy:leaves-bodies",
        ),
    ),
    Mistake(
        id="knows-one-client",
        sentence="A valid request is refused, fails or is misread, because only one client's form is understood.",
        mends="Leave framing and codings to your HTTP library, and compare only the name of the content type.",
        best=("clients.chunked-upload", "clients.type-with-charset", "clients.type-missing"),
        made_by=(
            "mutant:length-needed",
            "mutant:type-compared-whole",
            "mutant:type-needed",
            "mutant:coded-body-unread",
            "mutant:long-header-is-our-fault",
            "mutant:not-modified-for-a-post",
            "proxy:knows-curl",
            "proxy:passes-on-framing",
        ),
    ),
    Mistake(
        id="compresses-carelessly",
        sentence="Answers are compressed, or said to be, without a look at what that does to streams and bodies.",
        mends="Flush behind every event, or leave streams out of it; name a coding where you apply it.",
        best=("clients.stream-for-gzip", "clients.stream-for-a-browser"),
        made_by=("mutant:gzip-holds-streams", "mutant:named-and-not-compressed", "proxy:compresses"),
    ),
    Mistake(
        id="chunks-for-old-clients",
        sentence="Clients of HTTP/1.0 are answered in chunks, which they cannot read.",
        mends="Answer HTTP/1.0 with a length, or until the connection closes.",
        best=("clients.http-1-0-stream", "clients.http-1-0-json"),
        made_by=("mutant:chunks-below-http-1-1", "proxy:chunks-always"),
    ),
    Mistake(
        id="ignores-expectations",
        sentence="Clients that wait for 100 Continue wait in vain.",
        mends="Answer `Expect: 100-continue` with 100 before you read the body.",
        best=("clients.expects-continue",),
        made_by=("mutant:expectation-unheard", "proxy:never-continues"),
    ),
    Mistake(
        id="forgets-pages",
        sentence="Pages of other origins are refused, or cannot read errors, although CORS is claimed.",
        mends="Answer OPTIONS before you check credentials, and put Access-Control-Allow-Origin on every answer.",
        presupposes=("cors",),
        best=("clients.preflight", "clients.page-reads-refusals"),
        made_by=("mutant:errors-without-cors", "mutant:preflight-wants-a-token", "proxy:errors-without-cors"),
    ),
    Mistake(
        id="waits-for-readers",
        sentence="A client that stops reading and stays keeps its upstream call for ever.",
        mends="Bound every write to a client in time, and abort the upstream call when it is over.",
        best=("clients.stops-reading", "clients.thirty-stop-reading"),
        made_by=("mutant:stopped-readers-waited-for", "proxy:waits-for-readers"),
    ),
)
