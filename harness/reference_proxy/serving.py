"""Serves: start the proxy, say where, stop gracefully on SIGTERM or SIGINT.

The one rule: standard error says `listening on URL` once, when connections are being accepted and not before.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

from aiohttp import web

from harness.reference_proxy.http.application import build
from harness.reference_proxy.settings import Settings, SettingsError, load

_GRACE_S = 3.0  # for answers under way when the process is told to stop


def application(settings: Settings, **parts: Any) -> web.Application:  # noqa: ANN401 - as `build` takes them
    """The proxy, with the chat service where it is configured; raises SettingsError."""
    app = build(settings, **parts)
    if settings.chat_database:
        # Loaded here and not above: what keeps conversations takes longer to load than the proxy takes to start.
        from harness.reference_proxy.chat.mounting import mount

        mount(app, settings)
    if settings.sessions_database:
        from harness.reference_proxy.sessions.mounting import mount as mount_sessions

        mount_sessions(app, settings)
    if settings.usage_url:
        from harness.reference_proxy.usage.mounting import mount as mount_usage

        mount_usage(app, settings)
    if settings.origin:
        from harness.reference_proxy.origin.mounting import mount as mount_origin

        mount_origin(app, settings)
    return app


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; answers under way get a few seconds to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is signal.SIG_IGN:  # a shell's background is not to hear Ctrl-C
            continue
        with contextlib.suppress(NotImplementedError):  # not on Windows
            loop.add_signal_handler(number, stop.set)
    # handler_cancellation: a client that leaves must end its upstream call.
    runner = web.AppRunner(application(settings), handler_cancellation=True, access_log=None, shutdown_timeout=_GRACE_S)
    await runner.setup()
    try:
        shared = bool(settings.reuse_port) or None
        site = web.TCPSite(runner, settings.host, settings.port, backlog=1024, reuse_port=shared)
        await site.start()
        port = runner.addresses[0][1]
        _hold_up_seldom()
        sys.stderr.write(f"listening on http://{settings.host}:{port}\n")
        sys.stderr.flush()
        await stop.wait()
    finally:
        await runner.cleanup()


def _hold_up_seldom() -> None:
    """Keep garbage collections from holding up every stream at once, now that all is loaded.

    A full one went through what was loaded, which took 0.08 s each time, and found nothing there.
    """
    gc.freeze()


def _run(main: Coroutine[None, None, None]) -> None:
    """Run on uvloop, which takes a good half of asyncio's time; there is none for Windows."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def main(argv: Sequence[str] | None = None) -> int:
    """The process: 0 after a graceful stop, 1 when it cannot listen, 2 for a bad setting."""
    try:
        settings = load(sys.argv[1:] if argv is None else argv, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"bad setting: {error}\n")
        return 2
    if not settings.api_token or not settings.account_id:
        sys.stderr.write("CLOUDFLARE_API_TOKEN or CLOUDFLARE_ACCOUNT_ID is not set: the upstream may refuse\n")
    try:
        _run(serve(settings))
    except SettingsError as error:
        sys.stderr.write(f"bad setting: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}\n")
        return 1
    return 0
