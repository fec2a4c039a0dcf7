"""One client following an answer while it is made, from wherever it begins to read.

The one rule: who leaves, in whatever way, disturbs nobody else who reads, and only a whole answer ends its framing.
"""

from aiohttp import web

from harness.reference_proxy.chat.live import Live, LiveAnswers
from harness.reference_proxy.chat.routes.door import answer
from harness.reference_proxy.chat.routes.events import StalledError
from harness.reference_proxy.chat.routes.protocols import FORMS
from harness.reference_proxy.chat.storage.turns import Begun
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.eventlog import LogReader
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD


class Following:
    """Gives answers to clients, each of whom has `stall_s` to take anything at all."""

    def __init__(self, answers: LiveAnswers, *, stall_s: float) -> None:
        self._answers = answers
        self._stall_s = stall_s

    async def follow(self, request: web.Request, live: Live, reader: LogReader) -> web.StreamResponse:
        """What an answer says behind where its reader is, until it ends or the client leaves."""
        record, begun = request[RECORD], live.begun
        record.form = "stream"
        record.fields.update(conversation=begun.conversation_id, message=begun.answer_id)
        stream = FORMS[live.protocol].stream(request, begun, stall_s=self._stall_s)
        why = relay.CLIENT_LEFT
        try:
            if reader.position:
                await stream.start()  # it is known to be there, although its next word may be long in coming
            while (event := await reader.next()) is not None:
                if not stream.begun:
                    await stream.start()
                await stream.send(event)
            await stream.finish()
        except ProxyError as error:
            if not stream.begun:
                record.fields["failure"] = error.code
                return _refused(begun, error)
            await stream.fail(error)
        except StalledError:
            why = request[relay.FAILURE] = relay.CLIENT_STALLED
        except ConnectionError:
            request[relay.FAILURE] = relay.CLIENT_LEFT
        finally:
            self._answers.go(live, reader, why)
            if stream.begun and not stream.whole:
                relay.abort(request)  # whatever happened, nothing that looks like a good end may follow
        return stream.response


def _refused(begun: Begun, error: ProxyError) -> web.Response:
    # The question is kept: who asks again need not write it again.
    where = {"conversationId": begun.conversation_id, "messageId": begun.answer_id}
    response = answer({**error.body(), **where}, status=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = error.retry_after
    return response
