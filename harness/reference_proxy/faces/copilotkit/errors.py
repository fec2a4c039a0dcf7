"""Failures as CopilotKit's client reads them: GraphQL's errors, with what CopilotKit's own say beside the message.

The one rule: what went wrong inside this proxy is never told by its own words.
Source: `@copilotkit/shared` 1.74.0, its codes of errors and where a page shows each.
"""

from collections.abc import Iterable
from http import HTTPStatus

from graphql import GraphQLError

from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.face import Json


def refusal_of(error: ProxyError) -> Json:
    """Return the document of a failure before there is any answer."""
    code, visibility = _kind(error)
    extensions = {
        "name": "CopilotError",
        "code": code,
        "statusCode": error.status,
        "severity": "warning" if visibility == "dev_only" else "critical",
        "visibility": visibility,
        "type": error.kind,
        "reason": error.code,
    }
    return {"errors": [{"message": error.message, "extensions": extensions}]}


def unfit_document(code: str, errors: Iterable[GraphQLError]) -> Json:
    """Return the document of a request whose own document is at fault."""
    return {"errors": [{**error.formatted, "extensions": {"code": code}} for error in errors]}


def cause_of(errors: Iterable[GraphQLError] | None) -> ProxyError | None:
    """Return the failure behind the errors of an execution, None where they are the request's own.

    Whatever else was raised is raised again: it is a defect.
    """
    for error in errors or ():
        cause = error.original_error
        while isinstance(cause, GraphQLError):
            cause = cause.original_error
        if isinstance(cause, ProxyError):
            return cause
        if cause is not None:
            raise cause
    return None


def _kind(error: ProxyError) -> tuple[str, str]:
    match error.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return "AUTHENTICATION_ERROR", "banner"
        case HTTPStatus.NOT_FOUND:
            return ("AGENT_NOT_FOUND" if error.code == "agent_not_found" else "NOT_FOUND"), "banner"
        case HTTPStatus.TOO_MANY_REQUESTS:
            return "NETWORK_ERROR", "toast"
        case status if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return "MISUSE", "dev_only"
        case _:
            return "NETWORK_ERROR", "banner"
